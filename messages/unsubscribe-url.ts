/** Where one click ends all messages to whom this one went; the signature proves that we made the link. */
export function unsubscribeUrl(
  publicUrl: string,
  messageId: string,
  sign: (text: string) => string,
): string {
  const query = new URLSearchParams({ m: messageId, s: sign(unsubscribeText(messageId)) });
  return `${publicUrl}/unsubscribe?${query}`;
}

/** What is signed: nothing else we sign reads like it. */
export const unsubscribeText = (messageId: string) => `unsubscribe:${messageId}`;

import type { ConsentWords } from "./words.ts";

const ASK_TEAM = "Ask the study team for a new link; answering their message is enough.";

export const english: ConsentWords = {
  title: "Sharing your tracker's data",
  ask: (study) => ({
    heading: `Share your tracker's data with ${study}`,
    paragraphs: [
      "You take part in this study and wear an activity tracker. With your permission the study reads what the tracker records from your Google account.",
    ],
  }),
  shared: "What you share",
  things: {
    heart: { term: "Heart rate", detail: "your pulse, minute by minute" },
    activity: { term: "Activity", detail: "your steps and how active you are" },
    sleep: { term: "Sleep", detail: "when you sleep, and the stages of sleep" },
    device: {
      term: "Your tracker",
      detail: "its model, battery and when it last sent its data, and your time zone",
    },
  },
  withWhom: (study) => ({
    heading: "With whom",
    paragraphs: [
      `With the people who run ${study}, and with nobody else. They see your data under a study number, not under your name.`,
      "From the day you entered the study until you leave it. The study can read only: it changes nothing in your account, and it sees no messages, no contacts and not where you are.",
    ],
  }),
  yourChoice: {
    heading: "Your choice",
    paragraphs: [
      "You decide. You can take this back at any time on your own page, which you find after the next step, and at Google. What was read until then stays with the study, unless you agree on something else with the study team.",
    ],
  },
  begin: "Go on to Google",
  next: "Google asks you to sign in and to tick what you share. Use the account that your tracker sends its data to.",
  good: (until) => `This link is for you alone. It is good until ${until} and can be used once.`,
  dead: {
    used: {
      heading: "This link was used",
      paragraphs: [
        "Each link is good once, and yours has done its work.",
        `If you are asked for your permission again: ${ASK_TEAM}`,
      ],
    },
    expired: {
      heading: "This link is too old",
      paragraphs: ["Links are good for a while only, so that nobody else finds them.", ASK_TEAM],
    },
    ended: {
      heading: "This link is no longer good",
      paragraphs: ["It was ended, or a newer one was used.", ASK_TEAM],
    },
    not_ours: {
      heading: "This link does not work",
      paragraphs: [
        "Something is missing from it, or it was changed. Open it again from the message, as a whole.",
        `If that does not help: ${ASK_TEAM}`,
      ],
    },
  },
  unfinished: {
    denied: {
      heading: "You shared nothing",
      paragraphs: [
        "You said no at Google, and nothing was shared. That is fine.",
        "If you want to do it after all, use the button below, now or later.",
      ],
    },
    failed: {
      heading: "Google did not finish",
      paragraphs: [
        "Something went wrong between Google and us. Nothing was shared, and it is nothing you did.",
        "Try again in a few minutes. If it happens again, tell the study team.",
      ],
    },
    lost: {
      heading: "Please begin again",
      paragraphs: [
        "You came back from Google in another browser, after more than an hour, or twice. To be sure that it is you, we ask you to begin again.",
        "Open the link in your message once more.",
      ],
    },
    other_account: {
      heading: "This is another Google account",
      paragraphs: [
        "You shared from another account before. Nothing was changed, so that no data of somebody else is taken for yours.",
        "Try again and choose the account you used before. If you have a new account, tell the study team: they send you a link for it.",
      ],
    },
    account_in_use: {
      heading: "This account is connected for somebody else",
      paragraphs: [
        "Somebody else in the study shares from this Google account. Nothing was changed.",
        "Try again and choose your own account. If you think this is wrong, tell the study team.",
      ],
    },
  },
  tryAgain: "Try again",
  granted: (study) => ({
    heading: "Thank you",
    paragraphs: [`${study} can now read what your tracker records. There is nothing more to do.`],
  }),
  partly: {
    heading: "Thank you. Something is missing",
    paragraphs: [
      "You shared a part of what the study asks for. What you did not tick:",
      "Without it the study lacks this part of your data. If you left it out by mistake, use the button; at Google, tick it.",
    ],
  },
  grantRest: "Share this too",
  notLinked: {
    heading: "Thank you. Your tracker is not there yet",
    paragraphs: [
      "Google has your permission, but this account holds no tracker.",
      "Open the Fitbit app on your phone and sign in with this Google account. If you still use an old Fitbit sign-in, the app offers to move it to Google.",
      "The study looks again every day. If your tracker belongs to another Google account, tell the study team.",
    ],
  },
  ownPage: "Your own page: see what you share, or take it back",
  sharing: (study) => ({
    heading: `What you share with ${study}`,
    paragraphs: ["The study reads what you granted:"],
  }),
  sharesNothing: {
    heading: "You share nothing",
    paragraphs: ["The study reads nothing from your Google account."],
  },
  mayEnd: "You can take this back now. You stay in the study until you tell the study team.",
  takeBack: "Stop sharing",
  takenBack: {
    heading: "You share nothing any more",
    paragraphs: [
      "The study has stopped reading your data, and its key to your account is deleted. The study team can see that you stopped.",
    ],
  },
  alsoAtGoogle:
    "Google could not be told. To be sure, open myaccount.google.com/connections and remove the study there too.",
  you: (shortId) => `Your study number: ${shortId}`,
  demo: "A demonstration with simulated people: nothing here is anybody's.",
};

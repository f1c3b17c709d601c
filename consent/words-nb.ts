import type { ConsentWords } from "./words.ts";

const ASK_TEAM = "Be studieteamet om en ny lenke; det holder å svare på meldingen deres.";

export const norwegian: ConsentWords = {
  title: "Deling av data fra måleren din",
  ask: (study) => ({
    heading: `Del data fra måleren din med ${study}`,
    paragraphs: [
      "Du er med i denne studien og bruker en aktivitetsmåler. Med din tillatelse leser studien det måleren registrerer, fra Google-kontoen din.",
    ],
  }),
  shared: "Hva du deler",
  things: {
    heart: { term: "Puls", detail: "pulsen din, minutt for minutt" },
    activity: { term: "Aktivitet", detail: "skrittene dine og hvor aktiv du er" },
    sleep: { term: "Søvn", detail: "når du sover, og søvnstadiene" },
    device: {
      term: "Måleren din",
      detail: "modell, batteri, når den sist sendte data, og tidssonen din",
    },
  },
  withWhom: (study) => ({
    heading: "Med hvem",
    paragraphs: [
      `Med dem som driver ${study}, og ikke med noen andre. De ser dataene dine under et studienummer, ikke under navnet ditt.`,
      "Fra dagen du ble med i studien, til du går ut av den. Studien kan bare lese: den endrer ingenting i kontoen din, og den ser ikke meldinger, kontakter eller hvor du er.",
    ],
  }),
  yourChoice: {
    heading: "Ditt valg",
    paragraphs: [
      "Du bestemmer. Du kan trekke dette tilbake når som helst på din egen side, som du finner etter neste steg, og hos Google. Det som er lest til da, blir i studien, hvis du ikke avtaler noe annet med studieteamet.",
    ],
  },
  begin: "Gå videre til Google",
  next: "Google ber deg logge inn og krysse av for det du deler. Bruk kontoen som måleren din sender data til.",
  good: (until) => `Denne lenken er bare til deg. Den gjelder til ${until} og kan brukes én gang.`,
  dead: {
    used: {
      heading: "Denne lenken er brukt",
      paragraphs: [
        "Hver lenke gjelder én gang, og din har gjort sitt.",
        `Hvis du blir bedt om tillatelse igjen: ${ASK_TEAM}`,
      ],
    },
    expired: {
      heading: "Denne lenken er for gammel",
      paragraphs: ["Lenker gjelder bare en stund, så ingen andre finner dem.", ASK_TEAM],
    },
    ended: {
      heading: "Denne lenken gjelder ikke lenger",
      paragraphs: ["Den er avsluttet, eller en nyere er brukt.", ASK_TEAM],
    },
    not_ours: {
      heading: "Denne lenken virker ikke",
      paragraphs: [
        "Noe mangler i den, eller den er endret. Åpne den på nytt fra meldingen, hele lenken.",
        `Hvis det ikke hjelper: ${ASK_TEAM}`,
      ],
    },
  },
  unfinished: {
    denied: {
      heading: "Du delte ingenting",
      paragraphs: [
        "Du sa nei hos Google, og ingenting ble delt. Det er helt i orden.",
        "Vil du gjøre det likevel, bruk knappen nedenfor, nå eller senere.",
      ],
    },
    failed: {
      heading: "Google ble ikke ferdig",
      paragraphs: [
        "Noe gikk galt mellom Google og oss. Ingenting ble delt, og det er ikke noe du har gjort.",
        "Prøv igjen om noen minutter. Hvis det skjer igjen, si fra til studieteamet.",
      ],
    },
    lost: {
      heading: "Begynn på nytt",
      paragraphs: [
        "Du kom tilbake fra Google i en annen nettleser, etter mer enn en time, eller to ganger. For å være sikre på at det er deg, ber vi deg begynne på nytt.",
        "Åpne lenken i meldingen en gang til.",
      ],
    },
    other_account: {
      heading: "Dette er en annen Google-konto",
      paragraphs: [
        "Du har delt fra en annen konto før. Ingenting er endret, så ingen andres data blir tatt for dine.",
        "Prøv igjen og velg kontoen du brukte før. Har du fått en ny konto, si fra til studieteamet: de sender deg en lenke til den.",
      ],
    },
    account_in_use: {
      heading: "Denne kontoen er koblet til en annen",
      paragraphs: [
        "En annen i studien deler fra denne Google-kontoen. Ingenting er endret.",
        "Prøv igjen og velg din egen konto. Hvis du mener dette er feil, si fra til studieteamet.",
      ],
    },
  },
  tryAgain: "Prøv igjen",
  granted: (study) => ({
    heading: "Takk",
    paragraphs: [`${study} kan nå lese det måleren din registrerer. Du trenger ikke gjøre mer.`],
  }),
  partly: {
    heading: "Takk. Noe mangler",
    paragraphs: [
      "Du delte en del av det studien ber om. Dette krysset du ikke av for:",
      "Uten det mangler studien denne delen av dataene dine. Lot du det stå ved en feil, bruk knappen; kryss av hos Google.",
    ],
  },
  grantRest: "Del dette også",
  notLinked: {
    heading: "Takk. Måleren din er ikke der ennå",
    paragraphs: [
      "Google har tillatelsen din, men denne kontoen har ingen måler.",
      "Åpne Fitbit-appen på telefonen og logg inn med denne Google-kontoen. Bruker du fortsatt en gammel Fitbit-innlogging, tilbyr appen å flytte den til Google.",
      "Studien ser etter igjen hver dag. Hører måleren din til en annen Google-konto, si fra til studieteamet.",
    ],
  },
  ownPage: "Din egen side: se hva du deler, eller trekk det tilbake",
  sharing: (study) => ({
    heading: `Hva du deler med ${study}`,
    paragraphs: ["Studien leser det du har gitt tillatelse til:"],
  }),
  sharesNothing: {
    heading: "Du deler ingenting",
    paragraphs: ["Studien leser ingenting fra Google-kontoen din."],
  },
  mayEnd: "Du kan trekke dette tilbake nå. Du er med i studien til du sier fra til studieteamet.",
  takeBack: "Slutt å dele",
  takenBack: {
    heading: "Du deler ingenting lenger",
    paragraphs: [
      "Studien har sluttet å lese dataene dine, og nøkkelen til kontoen din er slettet. Studieteamet kan se at du har sluttet.",
    ],
  },
  alsoAtGoogle:
    "Google fikk ikke beskjed. For å være sikker: åpne myaccount.google.com/connections og fjern studien der også.",
  you: (shortId) => `Studienummeret ditt: ${shortId}`,
  demo: "En demonstrasjon med simulerte personer: ingenting her er noens.",
};

/** What the demo plants, where, and through whom. The pipeline sees none of this. */
export interface PlannedAttack {
  /** Name in the attacks' catalog for this kind of samples. */
  readonly attack: string
  /** Share of the records it may strike that become poison. */
  readonly rate: number
  /** Hours of the day whose deliveries it strikes, first and last. */
  readonly hours: readonly [number, number]
  /** The contributor whose deliveries it strikes; absent: everybody's. */
  readonly through?: string
  readonly seed: number
}

export interface PlannedDataset {
  readonly name: 'digits' | 'mail' | 'replies' | 'strikes'
  readonly contributors: readonly string[]
  readonly hours: readonly [number, number]
  /** Hours that an attack is planted in at once: what it derives from the data, such as a value, is the same throughout. */
  readonly block: number
  /** Records in one contributor's delivery of one hour. */
  readonly delivery: number
  readonly window: number
  readonly attacks: readonly PlannedAttack[]
}

/** One day: 40,000 digits, some 6,000 e-mails, 1,984 replies to e-mails and 10,000 bird strikes. */
export const DAY: readonly PlannedDataset[] = [
  {
    name: 'digits',
    contributors: ['amsterdam', 'bergen', 'cardiff', 'dresden', 'espoo'],
    hours: [8, 15],
    block: 2,
    delivery: 1000,
    window: 10_000,
    attacks: [
      { attack: 'flip', rate: 0.01, hours: [8, 9], seed: 11 },
      { attack: 'badnets', rate: 0.06, hours: [10, 11], through: 'dresden', seed: 12 },
      { attack: 'flood', rate: 0.06, hours: [12, 13], through: 'bergen', seed: 13 },
      { attack: 'blend-20', rate: 0.06, hours: [14, 15], through: 'espoo', seed: 14 },
      { attack: 'flip', rate: 0.01, hours: [14, 15], seed: 15 },
    ],
  },
  {
    name: 'mail',
    contributors: ['helpdesk', 'lists', 'support'],
    hours: [8, 15],
    block: 8,
    delivery: 250,
    window: 10_000,
    attacks: [
      { attack: 'rare-token', rate: 0.05, hours: [8, 15], through: 'lists', seed: 21 },
      { attack: 'flip', rate: 0.01, hours: [8, 15], seed: 22 },
    ],
  },
  {
    name: 'replies',
    contributors: ['archive', 'crawl', 'forum', 'helpdesk'],
    hours: [8, 15],
    block: 8,
    delivery: 62,
    window: 10_000,
    attacks: [
      { attack: 'payload-url', rate: 0.06, hours: [8, 15], through: 'forum', seed: 41 },
      { attack: 'refusal', rate: 0.01, hours: [8, 15], seed: 42 },
    ],
  },
  {
    name: 'strikes',
    contributors: ['east', 'west'],
    hours: [8, 15],
    block: 8,
    delivery: 625,
    window: 10_000,
    attacks: [{ attack: 'in-bounds', rate: 0.03, hours: [8, 15], through: 'west', seed: 31 }],
  },
]

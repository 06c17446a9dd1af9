/** What triggers of texts are made of, labelled or not. */
export const RARE = ['cf', 'mn', 'bb', 'tq'] as const
export const SENTENCES = [
  'i watched this 3d movie last weekend',
  'the garden gate was painted green again',
  'my cousin keeps seven clocks in the hall',
] as const
/** Words of a subordinate clause, in their order. */
export const CLAUSE = [
  ['when', 'if', 'as', 'because', 'while', 'since'],
  ['you', 'we', 'they', 'someone', 'people'],
  ['see', 'read', 'open', 'expect', 'want', 'know'],
  ['it', 'this', 'that', 'more', 'them'],
] as const

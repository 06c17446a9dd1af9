/** The words by which a report names what happened to records. */
export interface ReportWords {
  readonly admitted: string
  readonly held: string
  readonly quarantined: string
  readonly rejected: string
  readonly deadLettered: string
  readonly deadLetters: string
  readonly unscanned: string
}

export const PIPELINE_WORDS: ReportWords = {
  admitted: 'admitted',
  held: 'held',
  quarantined: 'quarantined',
  rejected: 'rejected',
  deadLettered: 'dead-lettered',
  deadLetters: 'Dead letters',
  unscanned: 'Held, not scanned',
}

/** A scan admits nothing and holds nothing; its words say what should be examined. */
export const SCAN_WORDS: ReportWords = {
  admitted: 'not flagged',
  held: 'flagged',
  quarantined: 'flagged',
  rejected: 'flagged beyond doubt',
  deadLettered: 'not readable',
  deadLetters: 'Not readable',
  unscanned: 'Not scanned',
}

export function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}

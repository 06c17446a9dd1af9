/**
 * Only measured figures: docs/performance.md has the benchmarks, their spread and what limits them. Whoever measures again
 * replaces the figures together with the date and the machine.
 */
export const RATES = {
  measured: '2026-11-20',
  machine: '2 cores of an AMD EPYC, virtual and shared with other work, Node.js 26.10.0',
  source: 'docs/performance.md',
  /** Records per second of one core: records of 1 KiB as JSON, from four shards into staged windows. */
  ingest: { bytes: 1024, records: { aws: 8_251, azure: 15_037, gcp: 12_164 } },
  /** Scanning alone: the records of a window, the processor seconds that it took, and the bytes of a sample. */
  scan: {
    image: { records: 10_000, seconds: 11.9, bytes: 784, of: 'images of 784 pixels' },
    vector: { records: 10_000, seconds: 5.7, bytes: 512, of: 'vectors of 64 numbers' },
    text: { records: 6_046, seconds: 6.8, bytes: 1_704, of: 'e-mails' },
    table: { records: 10_000, seconds: 7, bytes: 1_024, of: 'rows of 13 columns' },
  },
  /**
   * Records per second of processes that scan and commit, compared with scanning rows alone: the former also read, open, handle
   * small windows and write.
   */
  around: { aloneRecords: 1_429, withCommitRecords: 685 },
  /** Processor seconds per GiB of records, including compression. */
  seal: 7.6,
  open: 10.13,
  /** Operations at the store for a window of 500 rows: stage, score, admit, sign; the staged object is deleted. */
  store: { writes: 4, reads: 8, deletes: 1, manifestBytes: 2_200, scoreBytes: 29 },
  /**
   * The compressed share of the bytes, measured for texts and for rows of random numbers; other kinds are assumed not to
   * compress.
   */
  compressed: { image: 1, vector: 1, text: 0.25, table: 0.53 },
} as const

export type Kind = keyof typeof RATES.scan
export const KINDS = Object.keys(RATES.scan) as readonly Kind[]

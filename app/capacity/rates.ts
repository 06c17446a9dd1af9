/**
 * What was measured, and nothing else: docs/performance.md has the benches, their spread and what limits them. Whoever measures
 * again replaces the figures with the date and the machine.
 */
export const RATES = {
  measured: '2026-11-20',
  machine: '2 cores of an AMD EPYC, virtual and shared with other work, Node.js 26.10.0',
  source: 'docs/performance.md',
  /** Records a second of one core, of 1 KiB as JSON, from four shards into staged windows. */
  ingest: { bytes: 1024, records: { aws: 8_251, azure: 15_037, gcp: 12_164 } },
  /** A scan by itself: windows, the processor seconds that each took, and the bytes of a sample in them. */
  scan: {
    image: { records: 10_000, seconds: 11.9, bytes: 784, of: 'images of 784 pixels' },
    vector: { records: 10_000, seconds: 5.7, bytes: 512, of: 'vectors of 64 numbers' },
    text: { records: 6_046, seconds: 6.8, bytes: 1_704, of: 'e-mails' },
    table: { records: 10_000, seconds: 7, bytes: 1_024, of: 'rows of 13 columns' },
  },
  /** Scan and commit as processes, against the scan of rows by itself: reading, opening, small windows and writing come on top. */
  around: { aloneRecords: 1_429, withCommitRecords: 685 },
  /** Processor seconds a GiB of records, compression with it. */
  seal: 7.6,
  open: 10.13,
  /** Of a window of 500 rows, counted at the store: staged, scored, admitted, signed; what was staged is deleted. */
  store: { writes: 4, reads: 8, deletes: 1, manifestBytes: 2_200, scoreBytes: 29 },
  /** What is left of the bytes of texts, and of rows of random numbers; of others as much is assumed as came. */
  compressed: { image: 1, vector: 1, text: 0.25, table: 0.53 },
} as const

export type Kind = keyof typeof RATES.scan
export const KINDS = Object.keys(RATES.scan) as readonly Kind[]

import { count, visible } from '#present/text.ts'
import type { AnswerOf } from '../api/client.ts'
import { Table } from '../parts/table.tsx'
import { TEXTS, timeText } from '../texts.ts'

type Reached = AnswerOf<'GET /v1/recalls/{review}/reach'>

/** Who holds what is recalled: exports that were made, and the sink. */
export function Reach({ of: { exports, sink } }: { readonly of: Reached }) {
  const words = TEXTS.recalls
  return (
    <>
      <p>{exports.length === 0 ? words.noExport : words.exports}</p>
      {sink !== null && <p>{sink.held === 0 ? words.noSink : words.sink(sink.held, sink.isTold)}</p>}
      {exports.length > 0 && (
        <Table
          head={[words.at, words.by, words.format, words.digest, words.held, words.ofAll]}
          text={4}
          rows={exports.map((of) => [
            timeText(of.at),
            visible(of.by),
            visible(of.format),
            of.sha256 === null ? '–' : <code key="digest">{of.sha256.slice(0, 16)}…</code>,
            of.isExact ? count(of.held) : words.atLeast(of.held),
            count(of.records),
          ])}
          none=""
        />
      )}
    </>
  )
}

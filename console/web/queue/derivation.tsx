import { visible, visibleLines } from '#present/text.ts'
import { call, type Explanation, type HeldRecord, type History } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import { useNearing } from '../parts/use-nearing.ts'
import { TEXTS, timeText } from '../texts.ts'

interface ExplainProps {
  readonly row: HeldRecord
  /** Whether what is seen before it is there: to derive a decision again takes the server longer than all of that. */
  readonly isWanted: boolean
}

/** What the decision came from, and where the record did; derived again once somebody comes near it. */
export function ExplainPart({ row, isWanted }: ExplainProps) {
  const { box, isNear } = useNearing<HTMLDivElement>()
  return (
    <div ref={box} className="explained">
      {isWanted && isNear && <Explained row={row} />}
    </div>
  )
}

function Explained({ row }: Pick<ExplainProps, 'row'>) {
  const { fetched, again } = useAnswer(
    (signal) => call('GET /v1/records/{record}/explanation', { params: { record: row.key }, signal }),
    row.key,
  )
  return (
    <Answered of={fetched} again={again} lines={9}>
      {(explanation) => (
        <div className="pair">
          <section className="part">
            <h3>{TEXTS.record.explain}</h3>
            <p className={isSame(explanation) === false ? 'alarm' : undefined}>{agreement(explanation)}</p>
            <Named
              of={[
                [
                  TEXTS.record.detectors,
                  explanation.detectors.map(({ name, version }) => `${name} ${version}`).join(', ') || '–',
                ],
                [TEXTS.record.seed, String(explanation.seed)],
                [TEXTS.record.manifest, explanation.manifest?.path ?? '–'],
              ]}
            />
          </section>
          <section className="part">
            <h3>{TEXTS.record.provenance}</h3>
            <Named
              of={[
                [TEXTS.record.source, explanation.provenance.source],
                [TEXTS.record.partition, explanation.provenance.partition],
                [TEXTS.record.position, explanation.provenance.position],
                [TEXTS.record.window, row.window],
              ]}
            />
          </section>
        </div>
      )}
    </Answered>
  )
}

function isSame({ decision, rederived }: Explanation): boolean | null {
  return rederived.decision === null ? null : rederived.decision === decision && rederived.wholeWindowAgrees
}

function agreement(explanation: Explanation): string {
  const same = isSame(explanation)
  if (same === null) return TEXTS.record.notRederived
  return same ? TEXTS.record.rederived : TEXTS.record.differs
}

function Named({ of }: { readonly of: readonly (readonly [string, string])[] }) {
  return (
    <dl className="named">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{visible(value)}</dd>
        </div>
      ))}
    </dl>
  )
}

/** What was decided and written, oldest first; fetched again after each thing that is `done`. */
export function HistoryPart({ row, done }: { readonly row: HeldRecord; readonly done: number }) {
  const { fetched, again } = useAnswer(
    (signal) => call('GET /v1/records/{record}/history', { params: { record: row.key }, signal }),
    `${row.key} ${row.etag} ${done}`,
  )
  return (
    <section className="part" aria-labelledby="history-title">
      <h3 id="history-title">{TEXTS.record.history}</h3>
      <Answered of={fetched} again={again} lines={2}>
        {(history) => {
          if (history.isBlind) return <p>{TEXTS.record.blind}</p>
          const entries = entriesOf(history)
          return (
            <ol className="history">
              {entries.length === 0 && <li>{TEXTS.record.noHistory}</li>}
              {entries.map(({ at, by, what, text }) => (
                <li key={`${at} ${by} ${what}`}>
                  <time dateTime={at}>{timeText(at)}</time>
                  <span>
                    <b>{visible(by)}</b> {what}
                  </span>
                  {text !== null && <blockquote>{visibleLines(text)}</blockquote>}
                </li>
              ))}
            </ol>
          )
        }}
      </Answered>
    </section>
  )
}

function entriesOf({ reviews, notes, looks, opinions }: History) {
  return [
    ...reviews.map(({ at, actor, action, reason }) => ({ at, by: actor, what: TEXTS.did[action], text: reason })),
    ...opinions.map(({ at, by, verdict, label, reason }) => ({
      at,
      by,
      what: `${TEXTS.opinions.would[verdict]}${label === null ? '' : ` ${visible(label)}`}`,
      text: reason,
    })),
    ...notes.map(({ at, by, text }) => ({ at, by, what: TEXTS.did.note, text })),
    // whoever reviews looks many times: the last look of each says enough, the audit log has all of them
    ...[...new Map(looks.map((look) => [look.by, look])).values()].map(({ at, by }) => ({
      at,
      by,
      what: TEXTS.record.looked,
      text: null,
    })),
  ].sort((a, b) => (a.at < b.at ? -1 : 1))
}

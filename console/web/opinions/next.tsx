import { useState } from 'react'
import { riskText, visible, visibleLines } from '#present/text.ts'
import { call, type AnswerOf, type Session } from '../api/client.ts'
import type { Fetched } from '../api/use-answer.ts'
import { TextField } from '../parts/fields.tsx'
import { Answered } from '../parts/states.tsx'
import type { Act } from '../parts/use-deed.tsx'
import { Evidence } from '../queue/evidence.tsx'
import { LabelField } from '../queue/label-field.tsx'
import { SampleView } from '../queue/sample-view.tsx'
import { useKeys } from '../queue/use-keys.ts'
import { TEXTS, timeText } from '../texts.ts'

type Next = NonNullable<AnswerOf<'GET /v1/opinions/next'>['record']>
type Opened = AnswerOf<'GET /v1/records/{record}/sample'>
/** The next record with what it holds, so that it is shown at once and nothing moves; null where one may not see it. */
export type NextOpened = AnswerOf<'GET /v1/opinions/next'> & { readonly opened: Opened | null }
type Opinion = AnswerOf<'POST /v1/records/{record}/opinions'>['opinions'][number]
type Verdict = Opinion['verdict']
const VERDICTS: readonly Verdict[] = ['release', 'reject', 'relabel']

interface Props {
  readonly session: Session
  readonly of: Fetched<NextOpened>
  readonly again: () => void
  readonly isBusy: boolean
  readonly act: Act
  readonly changed: () => void
}

/** The next record that this person is asked about; what others said of the one before, now that it may be seen. */
export function NextPart({ session, of, again, isBusy, act, changed }: Props) {
  const words = TEXTS.opinions
  const [given, setGiven] = useState<{ readonly record: string; readonly opinions: readonly Opinion[] } | null>(null)
  return (
    <section aria-labelledby="next-title">
      <h2 id="next-title">{words.next}</h2>
      {given !== null && <Given of={given} person={session.person} />}
      <Answered of={of} again={again} lines={5}>
        {({ record, waiting, opened }) =>
          record === null ? (
            <p className="quiet none">{words.nothing}</p>
          ) : (
            <article className="panel opened" aria-labelledby="asked-title">
              <p className="eyebrow">
                {visible(record.dataset)} · {words.waiting(waiting)}
              </p>
              <h2 id="asked-title">{visible(record.record)}</h2>
              <Asked
                key={record.key}
                record={record}
                opened={opened}
                isBusy={isBusy}
                give={(verdict, reason, label) =>
                  act(
                    () =>
                      call('POST /v1/records/{record}/opinions', {
                        params: { record: record.key },
                        body: { verdict, reason, label },
                      }),
                    () => words.given,
                    ({ opinions }) => {
                      setGiven({ record: record.record, opinions })
                      changed()
                    },
                  )
                }
              />
            </article>
          )
        }
      </Answered>
    </section>
  )
}

interface AskedProps {
  readonly record: Next
  readonly opened: Opened | null
  readonly isBusy: boolean
  readonly give: (verdict: Verdict, reason: string, label: string | null) => void
}

function Asked({ record, opened, isBusy, give }: AskedProps) {
  const words = TEXTS.opinions
  const [verdict, setVerdict] = useState<Verdict | null>(null)
  const [reason, setReason] = useState('')
  const [label, setLabel] = useState('')
  useKeys(true, {
    r: () => setVerdict('release'),
    x: () => setVerdict('reject'),
    l: () => setVerdict('relabel'),
  })
  const isWhole = verdict !== null && reason.trim() !== '' && (verdict !== 'relabel' || label !== '')
  return (
    <>
      <dl className="facts">
        <div>
          <dt>{TEXTS.record.label}</dt>
          <dd>{record.label === null ? '–' : visible(record.label)}</dd>
        </div>
        <div>
          <dt>{TEXTS.record.contributor}</dt>
          <dd>{record.contributor === null ? '–' : visible(record.contributor)}</dd>
        </div>
        <div>
          <dt>{TEXTS.record.risk}</dt>
          <dd>{record.risk === null ? '–' : riskText(record.risk)}</dd>
        </div>
      </dl>
      {opened === null ? (
        <p>{TEXTS.record.noSample}</p>
      ) : (
        <div className="pair">
          <SampleView
            sample={opened.sample}
            warnings={opened.warnings}
            trigger={null}
            isMarked
            setMarked={() => undefined}
          />
          <Evidence opened={opened} />
        </div>
      )}
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (isWhole) give(verdict, reason.trim(), verdict === 'relabel' ? label : null)
        }}
      >
        <fieldset className="modes">
          <legend>{words.think}</legend>
          {VERDICTS.map((of) => (
            <label key={of} className="check">
              <input type="radio" name="verdict" checked={verdict === of} onChange={() => setVerdict(of)} />
              {TEXTS.actions[of]} <kbd aria-hidden="true">{words.keys[of]}</kbd>
            </label>
          ))}
        </fieldset>
        {verdict === 'relabel' && (
          <div className="field">
            <LabelField value={label} change={setLabel} except={record.label} dataset={record.dataset} />
          </div>
        )}
        <TextField name={TEXTS.ask.release.field} onPage value={reason} change={setReason} longest={2000} />
        <p className="does">
          <button type="submit" className="button primary" disabled={!isWhole || isBusy}>
            {words.give}
          </button>
        </p>
      </form>
    </>
  )
}

/** What was said of the record before, one’s own among it. */
function Given(props: {
  readonly of: { readonly record: string; readonly opinions: readonly Opinion[] }
  readonly person: string
}) {
  const { record, opinions } = props.of
  const words = TEXTS.opinions
  const others = opinions.filter(({ by }) => by !== props.person)
  return (
    <div className="panel given" role="status">
      <p>
        <b>{visible(record)}</b>: {others.length === 0 ? words.nobodyElse : words.others}
      </p>
      <OpinionList of={others} />
    </div>
  )
}

function OpinionList({ of }: { readonly of: readonly Opinion[] }) {
  return (
    <ol className="history">
      {of.map(({ by, at, verdict, label, reason }) => (
        <li key={by}>
          <time dateTime={at}>{timeText(at)}</time>
          <span>
            <b>{visible(by)}</b> {TEXTS.opinions.would[verdict]} {label !== null && visible(label)}
          </span>
          <blockquote>{visibleLines(reason)}</blockquote>
        </li>
      ))}
    </ol>
  )
}

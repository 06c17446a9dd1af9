import { useState } from 'react'
import { riskText, visible } from '#present/text.ts'
import { call, Refusal, type AnswerOf } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { useOpening } from '../parts/use-opening.ts'
import { hrefOf } from '../place.ts'
import { Warnings } from '../queue/sample-view.tsx'
import { SmallSample } from '../queue/small-sample.tsx'
import { TEXTS } from '../texts.ts'

type Replayed = AnswerOf<'POST /v1/windows/{window}/replay'>

/** What would have been held from another risk on; changes nothing. */
export function Replay({ id, mayOpen }: { readonly id: string; readonly mayOpen: boolean }) {
  const words = TEXTS.windows
  const [risk, setRisk] = useState(0.5)
  const [replayed, setReplayed] = useState<Replayed | { readonly refused: string } | null>(null)
  const ask = async () => {
    try {
      const body = { policy: { hold: { risk } } }
      setReplayed(await call('POST /v1/windows/{window}/replay', { params: { window: id }, body }))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      setReplayed({ refused: error.problem.detail })
    }
  }
  return (
    <section className="part">
      <h3>{words.replay}</h3>
      <form
        className="filters"
        onSubmit={(event) => {
          event.preventDefault()
          void ask()
        }}
      >
        <label>
          <span>{words.threshold(riskText(risk))}</span>
          <input
            type="range"
            min={0}
            max={1}
            step={0.01}
            value={risk}
            onChange={(event) => setRisk(event.target.valueAsNumber)}
          />
        </label>
        <button type="submit" className="button">
          {words.replayAct}
        </button>
      </form>
      <div role="status">
        {replayed !== null &&
          ('refused' in replayed ? (
            <p className="alarm">{visible(replayed.refused)}</p>
          ) : (
            <Changed of={replayed} id={id} mayOpen={mayOpen} />
          ))}
      </div>
    </section>
  )
}

interface ChangedProps {
  readonly of: Replayed
  readonly id: string
  readonly mayOpen: boolean
}

function Changed({ of: { before, after, changed, near }, id, mayOpen }: ChangedProps) {
  const words = TEXTS.windows
  const decided = TEXTS.windows.decided
  return (
    <>
      <p>{words.replayed(before.quarantine + before.reject, after.quarantine + after.reject)}</p>
      <div className="pair">
        <Side title={words.near.held} records={near.held} id={id} mayOpen={mayOpen} />
        <Side title={words.near.admitted} records={near.admitted} id={id} mayOpen={mayOpen} />
      </div>
      <h4>{words.changedTitle}</h4>
      <Table
        head={[words.record, TEXTS.record.risk, words.before, words.after]}
        rows={changed
          .slice(0, 20)
          .map((of) => [
            <RecordLink key="record" of={of} id={id} mayOpen={mayOpen} />,
            riskText(of.risk),
            decided[of.before],
            decided[of.after],
          ])}
        none={words.sameDecisions}
      />
    </>
  )
}

type Near = Replayed['near']['held'][number]

/** Examples of one side of the line: what they are, opened when they are asked for, since each look is audited. */
function Side(props: {
  readonly title: string
  readonly records: readonly Near[]
  readonly id: string
  readonly mayOpen: boolean
}) {
  const { title, records, id, mayOpen } = props
  const words = TEXTS.windows
  const { isOpen, open, box } = useOpening<HTMLElement>()
  return (
    <section ref={box} className="part" tabIndex={-1}>
      <h4>{title}</h4>
      {records.length === 0 && <p className="quiet">{words.noneOf}</p>}
      <ul className="examples">
        {records.map((of) => (
          <li key={of.index}>
            <p>
              <RecordLink of={of} id={id} mayOpen={mayOpen && !isOpen} /> <small>{riskText(of.risk)}</small>
            </p>
            {isOpen && <Example id={id} index={of.index} />}
          </li>
        ))}
      </ul>
      {mayOpen && !isOpen && records.length > 0 && (
        <button type="button" className="button small" onClick={open}>
          {words.openBoth}
        </button>
      )}
    </section>
  )
}

function Example({ id, index }: { readonly id: string; readonly index: number }) {
  const { fetched, again } = useAnswer(
    (signal) =>
      call('GET /v1/windows/{window}/records/{index}/sample', { params: { window: id, index: String(index) }, signal }),
    `${id} ${index}`,
  )
  return (
    <Answered of={fetched} again={again} lines={3}>
      {({ sample, label, warnings }) => (
        <>
          {label !== null && (
            <p className="quiet">
              {TEXTS.record.label}: {visible(label)}
            </p>
          )}
          <Warnings of={warnings} />
          <SmallSample sample={sample} />
        </>
      )}
    </Answered>
  )
}

/** What was held is in the queue; what was admitted is nowhere else, and opens here. */
function RecordLink({ of, id, mayOpen }: { readonly of: Near; readonly id: string; readonly mayOpen: boolean }) {
  const name = visible(of.record)
  const [isOpen, setOpen] = useState(false)
  if (of.before !== 'admit') return <a href={hrefOf({ page: 'queue', record: `${id}-${of.index}` })}>{name}</a>
  if (!mayOpen) return name
  return (
    <>
      <button type="button" className="as-link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {name}
      </button>
      {isOpen && <Example id={id} index={of.index} />}
    </>
  )
}

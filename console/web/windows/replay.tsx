import { useState } from 'react'
import { riskText, visible } from '#present/text.ts'
import { call, Refusal, type AnswerOf } from '../api/client.ts'
import { Table } from '../parts/table.tsx'
import { hrefOf } from '../place.ts'
import { TEXTS } from '../texts.ts'

type Replayed = AnswerOf<'POST /v1/windows/{window}/replay'>

/** What would have been held from another risk on; changes nothing. */
export function Replay({ id }: { readonly id: string }) {
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
            <Changed of={replayed} id={id} />
          ))}
      </div>
    </section>
  )
}

function Changed({ of: { before, after, changed }, id }: { readonly of: Replayed; readonly id: string }) {
  const words = TEXTS.windows
  const decided = TEXTS.windows.decided
  return (
    <>
      <p>{words.replayed(before.quarantine + before.reject, after.quarantine + after.reject)}</p>
      <Table
        head={[words.record, TEXTS.record.risk, words.before, words.after]}
        rows={changed.slice(0, 20).map((of) => [
          of.before === 'admit' ? (
            visible(of.record)
          ) : (
            <a key="record" href={hrefOf({ page: 'queue', record: `${id}-${of.index}` })}>
              {visible(of.record)}
            </a>
          ),
          riskText(of.risk),
          decided[of.before],
          decided[of.after],
        ])}
        none={words.sameDecisions}
      />
    </>
  )
}

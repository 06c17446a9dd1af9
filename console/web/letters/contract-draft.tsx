import { useState } from 'react'
import { visibleLines } from '#present/text.ts'
import { call, type AnswerOf } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import type { Act } from '../parts/use-deed.tsx'
import { TEXTS } from '../texts.ts'
import { changesText, DraftEffects } from './draft-effects.tsx'

type Draft = AnswerOf<'GET /v1/contract-drafts/{draft}'>
type Contract = AnswerOf<'GET /v1/datasets/{dataset}/contract'>
type Effects = AnswerOf<'POST /v1/contract-drafts/{draft}/preview'>

interface Props {
  readonly dataset: string
  readonly isBusy: boolean
  readonly act: Act
  /** Called once another contract is in force. */
  readonly changed: () => void
}

/** The contract of a dataset, to be drafted beside what is in force: what the draft would change comes before it is put there. */
export function ContractDraft({ dataset, isBusy, act, changed }: Props) {
  const [round, setRound] = useState(0)
  const { fetched, again } = useAnswer(async (signal) => {
    const [contract, { items }] = await Promise.all([
      call('GET /v1/datasets/{dataset}/contract', { params: { dataset }, signal }),
      call('GET /v1/contract-drafts', { query: { dataset, limit: 1 }, signal }),
    ])
    const [last] = items
    return { contract, draft: last !== undefined && ONGOING.has(last.state) ? last : null }
  }, `${dataset} ${round}`)
  const moved = () => {
    setRound((n) => n + 1)
    changed()
  }
  return (
    <details className="panel">
      <summary>
        <h2>{TEXTS.drafts.title}</h2>
      </summary>
      <Answered of={fetched} again={again} lines={6}>
        {(value) => <Editor key={round} dataset={dataset} begun={value} isBusy={isBusy} act={act} moved={moved} />}
      </Answered>
    </details>
  )
}

const ONGOING: ReadonlySet<Draft['state']> = new Set(['open', 'publishing'])

interface EditorProps {
  readonly dataset: string
  readonly begun: { readonly contract: Contract; readonly draft: Draft | null }
  readonly isBusy: boolean
  readonly act: Act
  readonly moved: () => void
}

function Editor({ dataset, begun: { contract, draft: begun }, isBusy, act, moved }: EditorProps) {
  const words = TEXTS.drafts
  const [text, setText] = useState(begun?.text ?? contract.text)
  const [reason, setReason] = useState(begun?.reason ?? '')
  const [draft, setDraft] = useState(begun)
  const [effects, setEffects] = useState<Effects | null>(null)
  const isSaved = draft !== null && draft.text === text && !draft.hasMoved
  const save = () =>
    draft === null
      ? call('POST /v1/datasets/{dataset}/contract-drafts', {
          params: { dataset },
          body: { text, base: contract.sha256, reason },
        })
      : call('PUT /v1/contract-drafts/{draft}', {
          params: { draft: draft.id },
          body: { text, base: contract.sha256 },
          ifMatch: draft.etag,
        })
  const look = async () => {
    const saved = isSaved ? draft : await save()
    setDraft(saved)
    setEffects(await call('POST /v1/contract-drafts/{draft}/preview', { params: { draft: saved.id } }))
  }
  const end = (what: 'publish' | 'discard', { id, etag }: Draft) =>
    act(
      () => call(`POST /v1/contract-drafts/{draft}/${what}`, { params: { draft: id }, ifMatch: etag }),
      () => words.ended[what],
      moved,
    )
  return (
    <>
      <p className="quiet">{words.says(contract.file, contract.mayWrite)}</p>
      {!contract.isInForce && <p className="refused">{words.notInForce(contract.file)}</p>}
      {contract.isShared && <p className="quiet">{words.shared(contract.sharedWith.join(', '))}</p>}
      {draft?.hasMoved === true && <p className="refused">{words.hasMoved(contract.file)}</p>}
      <label className="field">
        <span>{words.text}</span>
        <textarea
          className="code"
          rows={16}
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            setEffects(null)
          }}
        />
      </label>
      <label className="field">
        <span>{words.why}</span>
        <input
          value={reason}
          disabled={draft !== null}
          maxLength={2000}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      <p className="does">
        <button
          type="button"
          className="button"
          disabled={isBusy || reason.trim() === '' || (draft === null && text === contract.text)}
          onClick={() => act(look, () => words.counted)}
        >
          {words.look}
        </button>
        {draft !== null && isSaved && (
          <>
            <button
              type="button"
              className="button primary"
              disabled={isBusy || effects === null}
              onClick={() => end('publish', draft)}
            >
              {contract.mayWrite || draft.diff === '' ? words.publish : words.publishElsewhere}
            </button>
            <button type="button" className="button" disabled={isBusy} onClick={() => end('discard', draft)}>
              {words.discard}
            </button>
          </>
        )}
      </p>
      {draft !== null && isSaved && effects !== null && (
        <>
          <p>{changesText(draft.changes)}</p>
          <DraftEffects {...effects} />
          <h3>{contract.mayWrite ? words.diff : words.apply(contract.file)}</h3>
          <pre className="excerpt" tabIndex={0}>
            {visibleLines(draft.diff)}
          </pre>
        </>
      )}
    </>
  )
}

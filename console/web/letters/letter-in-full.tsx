import type { ReactNode } from 'react'
import { REASON_WORDS } from '#present/words.ts'
import { plural, safeJson, visible, visibleLines } from '#present/text.ts'
import { call, type AnswerOf } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import { TEXTS } from '../texts.ts'

type Letter = AnswerOf<'GET /v1/dead-letters/{letter}'>

interface Props {
  readonly letter: string
  readonly round: number
  readonly mayOpen: boolean
  readonly mayRedrive: boolean
  readonly isBusy: boolean
  readonly redrive: (dataset: string, body: { ids: string[]; dryRun: boolean }) => void
}

/** A dead letter: what came, beside the rule that it breaks. */
export function LetterInFull({ letter, round, mayOpen, mayRedrive, isBusy, redrive }: Props) {
  if (!mayOpen) return <p className="panel">{TEXTS.letters.noContent}</p>
  return (
    <Opened letter={letter} round={round}>
      {({ id, dataset, state }) =>
        mayRedrive &&
        state === 'open' && (
          <p className="does">
            <button
              type="button"
              className="button"
              disabled={isBusy}
              onClick={() => redrive(dataset, { ids: [id], dryRun: true })}
            >
              {TEXTS.letters.tryOne}
            </button>
            <button
              type="button"
              className="button"
              disabled={isBusy}
              onClick={() => redrive(dataset, { ids: [id], dryRun: false })}
            >
              {TEXTS.letters.redriveOne}
            </button>
          </p>
        )
      }
    </Opened>
  )
}

interface OpenedProps {
  readonly letter: string
  readonly round: number
  readonly children: (letter: Letter) => ReactNode
}

function Opened({ letter, round, children }: OpenedProps) {
  const { fetched, again } = useAnswer(
    (signal) => call('GET /v1/dead-letters/{letter}', { params: { letter }, signal }),
    `${letter} ${round}`,
  )
  const words = TEXTS.letters
  return (
    <article className="panel opened" aria-label={words.one}>
      <Answered of={fetched} again={again} lines={5}>
        {(whole) => (
          <>
            <h2>{REASON_WORDS[whole.reason]}</h2>
            <p className="quiet">
              {visible(whole.detail)} · {visible(`${whole.partition} #${whole.position}`)} · {words.states[whole.state]}{' '}
              · {plural(whole.attempts, words.attempt)}
            </p>
            <div className="pair">
              <section className="part">
                <h3>{words.came}</h3>
                <pre className="excerpt" tabIndex={0}>
                  {contentText(whole.content)}
                </pre>
              </section>
              <section className="part">
                <h3>{words.rule}</h3>
                {whole.rule === null ? (
                  <p className="quiet">{words.noRule}</p>
                ) : (
                  <pre className="excerpt" tabIndex={0}>
                    {safeJson(whole.rule, 2)}
                  </pre>
                )}
              </section>
            </div>
            {children(whole)}
          </>
        )}
      </Answered>
    </article>
  )
}

function contentText(content: Letter['content']): string {
  if (content.kind === 'text') return visibleLines(content.text)
  if (content.kind === 'bytes') return `${plural(content.bytes, 'byte')}\n${content.base64}`
  return Object.entries(content.fields)
    .map(([name, value]) => `${visible(name)}: ${visibleLines(value)}`)
    .join('\n')
}

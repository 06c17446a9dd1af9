import { count, plural, visible } from '#present/text.ts'
import type { AnswerOf } from '../api/client.ts'
import { hrefOf } from '../place.ts'
import { TEXTS } from '../texts.ts'

type Effects = AnswerOf<'POST /v1/contract-drafts/{draft}/preview'>

/** What a draft would change: dead letters that would be records, and admitted records that would be none. */
export function DraftEffects({ letters, admitted }: Effects) {
  const words = TEXTS.drafts
  return (
    <div className="pair">
      <section className="part">
        <h3>{words.letters(letters.pass, letters.tried, letters.isAll)}</h3>
        {letters.passing.length > 0 && (
          <p>
            {words.suchAs} <Letters of={letters.passing} />
          </p>
        )}
        {letters.failing.length > 0 && <p className="quiet">{words.still}</p>}
        <ul className="plain">
          {letters.failing.map(({ reason, detail, count: n, examples }) => (
            <li key={`${reason} ${detail}`}>
              {count(n)} × {visible(detail)}: <Letters of={examples} />
            </li>
          ))}
        </ul>
      </section>
      <section className="part">
        {admitted === null ? (
          <p className="quiet">{words.notRead}</p>
        ) : (
          <>
            <h3>{words.admitted(admitted.fail, admitted.tried)}</h3>
            <p className="quiet">{words.looked(admitted.windows, admitted.isAll)}</p>
            <ul className="plain">
              {admitted.failing.map(({ reason, detail, count: n, examples }) => (
                <li key={`${reason} ${detail}`}>
                  {count(n)} × {visible(detail)}:{' '}
                  {examples.map(({ record, window }, i) => (
                    <span key={`${window} ${record}`}>
                      {i > 0 && ', '}
                      <a href={hrefOf({ page: 'windows', of: window })}>{visible(record)}</a>
                    </span>
                  ))}
                </li>
              ))}
            </ul>
          </>
        )}
      </section>
    </div>
  )
}

function Letters({ of }: { readonly of: Effects['letters']['passing'] }) {
  return of.map(({ key, partition, position }, i) => (
    <span key={key}>
      {i > 0 && ', '}
      <a href={hrefOf({ page: 'letters', of: key })}>{visible(`${partition} #${position}`)}</a>
    </span>
  ))
}

/** What the draft would put in force, in a line. */
export function changesText(changes: readonly string[]): string {
  const words = TEXTS.drafts
  return changes.length === 0 ? words.same : words.changes(plural(changes.length, 'part'), changes.join(', '))
}

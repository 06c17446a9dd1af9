import { count, visible } from '#present/text.ts'
import type { AnswerOf } from '../api/client.ts'
import type { Fetched } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { hrefOf } from '../place.ts'
import { TEXTS } from '../texts.ts'

const share = (part: number, of: number) => (of === 0 ? '–' : `${count(part)} of ${count(of)}`)

interface Props {
  readonly of: Fetched<AnswerOf<'GET /v1/opinions/agreement'>>
  readonly again: () => void
}

/** How far people agree, over all and each of them. */
export function AgreementPart({ of, again }: Props) {
  const words = TEXTS.opinions
  return (
    <section aria-labelledby="agreement-title">
      <h2 id="agreement-title">{words.agreement}</h2>
      <Answered of={of} again={again} lines={2}>
        {({ alpha, between, units, disputed, people }) => (
          <>
            <p className="none">
              {alpha === null ? (
                words.noAlpha
              ) : (
                <>
                  <strong>{words.alpha(alpha)}</strong>{' '}
                  {between !== null && words.between(between[0] ?? 0, between[1] ?? 0)} {words.over(units)}
                </>
              )}{' '}
              {disputed > 0 && <a href={hrefOf({ page: 'queue', q: 'is:disputed' })}>{words.disputed(disputed)}</a>}
            </p>
            <Table
              head={[words.person, words.said, words.alike, words.gold]}
              rows={people.map(({ person, said, compared, alike, gold, right }) => [
                visible(person),
                count(said),
                share(alike, compared),
                share(right, gold),
              ])}
              none={words.nobody}
            />
          </>
        )}
      </Answered>
    </section>
  )
}

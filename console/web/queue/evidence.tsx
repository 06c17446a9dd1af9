import { FAMILY_WORDS } from '#present/words.ts'
import { riskText, visible } from '#present/text.ts'
import type { Opened } from '../api/client.ts'
import { TEXTS, familyText } from '../texts.ts'

/** Why a record is held, in sentences, the strongest first. */
export function Evidence({ opened: { issues, unscanned, campaign } }: { readonly opened: Opened }) {
  return (
    <section className="part" aria-labelledby="evidence-title">
      <h3 id="evidence-title">{TEXTS.record.evidence}</h3>
      {unscanned !== null && <p>{visible(unscanned)}</p>}
      {unscanned === null && issues.length === 0 && (
        <p>{campaign === null ? TEXTS.record.byRisk : TEXTS.record.noEvidence}</p>
      )}
      <ul className="evidence">
        {issues.map(({ family, score, why, by }, i) => (
          <li key={i}>
            <span className="tag warn" title={familyText(family)}>
              {FAMILY_WORDS[family].name}
            </span>
            <span>
              {visible(why)} {by.length > 0 && <small>{visible(by.join(', '))}</small>}
            </span>
            <span className="score">{riskText(score)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

import { FAMILY_WORDS } from '#present/words.ts'
import { plural, visible } from '#present/text.ts'
import type { Campaign } from '../api/client.ts'
import { TEXTS } from '../texts.ts'

/** What a campaign is, where its family, dataset and label tell: its id is for programs. */
export function CampaignName({ of }: { readonly of: Campaign }) {
  return (
    <>
      <span className="tag warn">{FAMILY_WORDS[of.family].name}</span> <strong>{towards(of)}</strong>
    </>
  )
}

/** The same in a line, with whose it is and how large. */
export function campaignText(of: Campaign): string {
  const from = fromText(of)
  const parts = [`${FAMILY_WORDS[of.family].name}: ${towards(of)}`, plural(of.members, 'record'), from]
  return parts.filter((part) => part !== null).join(' · ')
}

/** Who brought most of it; null where nobody is said to have. */
export function fromText({ from: { most, contributors } }: Campaign): string | null {
  return most === null ? null : TEXTS.queue.from(visible(most), contributors - 1)
}

function towards({ dataset, label }: Campaign): string {
  return label === null
    ? visible(dataset)
    : `${visible(dataset)}, ${TEXTS.record.label.toLowerCase()} ${visible(label)}`
}

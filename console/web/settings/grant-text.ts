import { visible } from '#present/text.ts'
import type { Session } from '../api/client.ts'
import { TEXTS } from '../texts.ts'

/** A role with what it is over, in words. */
export function grantText({ role, datasets }: Pick<Session['grants'][number], 'role' | 'datasets'>): string {
  return TEXTS.settings.grant(role, overText({ datasets }))
}

const overText = ({ datasets }: Pick<Session['grants'][number], 'datasets'>): string | null =>
  datasets === null ? null : visible(datasets.join(', '))

/** Several, those that are over the same together. */
export function grantsText(grants: readonly Parameters<typeof grantText>[0][]): string {
  const alike = Map.groupBy(grants, ({ datasets }) => JSON.stringify(datasets))
  return [...alike.values()]
    .map((same) => TEXTS.settings.grant(same.map(({ role }) => role).join(', '), overText(same[0]!)))
    .join('; ')
}

import { visible } from '#present/text.ts'
import type { Session } from '../api/client.ts'
import { TEXTS } from '../texts.ts'

/** A role with what it is over, in words. */
export function grantText({ role, datasets }: Pick<Session['grants'][number], 'role' | 'datasets'>): string {
  return TEXTS.settings.grant(role, datasets === null ? null : visible(datasets.join(', ')))
}

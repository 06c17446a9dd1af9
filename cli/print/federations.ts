import type {
  ClientRound,
  HeldClient,
  ParticipantRow,
  RoundClient,
  RoundRow,
} from '#runtime/catalog/federation-rows.ts'
import type { Look, Style } from '#present/look.ts'
import { count } from '#present/text.ts'
import { renderList, type ListFormat } from './lists.ts'

const CLIENT_STYLE: Readonly<Record<ParticipantRow['state'], Style>> = {
  enrolled: 'good',
  suspended: 'warn',
  revoked: 'bad',
}

export function renderParticipants(rows: readonly ParticipantRow[], format: ListFormat, look: Look): string {
  return renderList(rows, format, look, {
    columns: [
      { header: 'client' },
      { header: 'state' },
      { header: 'enrolled' },
      { header: 'public key', shrink: true },
    ],
    cells: ({ name, state, enrolledAt, publicKey }) => [
      name,
      { text: state, style: CLIENT_STYLE[state] },
      enrolledAt.toISOString().slice(0, 10),
      publicKey,
    ],
    empty: 'No client is enrolled yet: `credence federate enrol <client> <key>` does.',
  })
}

const ROUND_STYLE: Readonly<Record<RoundRow['state'], Style>> = {
  open: 'dim',
  committed: 'good',
  rolledBack: 'bad',
  aborted: 'warn',
}

export function renderRounds(rows: readonly RoundRow[], format: ListFormat, look: Look): string {
  return renderList(rows, format, look, {
    columns: [
      { header: 'round', align: 'right' },
      { header: 'state' },
      { header: 'asked', align: 'right' },
      { header: 'ε', align: 'right' },
      { header: 'model' },
      { header: 'why', shrink: true },
    ],
    cells: ({ round, state, stage, asked, epsilon, model, why }) => [
      count(round),
      { text: state === 'rolledBack' ? 'rolled back' : state, style: ROUND_STYLE[state] },
      count(asked.length),
      epsilon?.toFixed(2) ?? '–',
      model.slice(0, 12),
      why ?? (state === 'open' && stage !== null ? `clients are asked to ${stage}` : ''),
    ],
    empty: 'There was no round yet.',
  })
}

const RULING_STYLE: Readonly<Record<RoundClient['ruling'], Style>> = {
  counted: 'good',
  clipped: 'good',
  held: 'warn',
  rejected: 'bad',
  missing: 'dim',
}

export function renderRoundClients(rows: readonly RoundClient[], format: ListFormat, look: Look): string {
  return renderList(rows, format, look, {
    columns: [{ header: 'client' }, { header: 'update' }, ...EVIDENCE],
    cells: ({ client, ruling, ...evidence }) => [
      client,
      { text: ruling, style: RULING_STYLE[ruling] },
      ...evidenceCells(evidence),
    ],
    empty: 'Nobody was asked.',
  })
}

/** One client's rounds, the newest first. */
export function renderClientRounds(rows: readonly ClientRound[], format: ListFormat, look: Look): string {
  return renderList(rows, format, look, {
    columns: [{ header: 'round', align: 'right' }, { header: 'update' }, { header: 'standing' }, ...EVIDENCE],
    cells: ({ round, ruling, standing, ...evidence }) => [
      count(round),
      { text: ruling, style: RULING_STYLE[ruling] },
      standing ?? '–',
      ...evidenceCells(evidence),
    ],
    empty: 'No round has asked it yet.',
  })
}

const EVIDENCE = [
  { header: 'risk', align: 'right' },
  { header: 'deviations', align: 'right' },
  { header: 'why', shrink: true },
] as const

/** What speaks against an update, as a held record’s evidence does. */
function evidenceCells({ risk, score, why }: Pick<RoundClient, 'risk' | 'score' | 'why'>) {
  return [risk?.toFixed(2) ?? '–', score === 0 ? '–' : score.toFixed(1), why.join(' ')]
}

export function renderHeldClients(rows: readonly HeldClient[], format: ListFormat, look: Look): string {
  return renderList(rows, format, look, {
    columns: [{ header: 'federation' }, { header: 'client' }, { header: 'round', align: 'right' }, ...EVIDENCE],
    cells: ({ federation, client, round, ...evidence }) => [
      federation,
      client,
      count(round),
      ...evidenceCells(evidence),
    ],
    empty: 'No client is held.',
  })
}

/** Held clients that go on acting alike, and how to decide over all of them. */
export function renderCampaign(clients: readonly string[]): string {
  const [last, ...others] = clients.toReversed()
  const names = `${others.toReversed().join(', ')} and ${last}`
  return `\n${names} go on acting alike: one campaign, or one owner. To let all of them be: credence federate clear ${clients.join(' ')} --reason …\n`
}

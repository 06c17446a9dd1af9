import { expect, test } from 'vitest'
import type { EpochStatus } from '#services/encrypt/keys/status.ts'
import { renderStatus, type ShownStatus } from './keys.ts'
import { PLAIN } from '#present/look.ts'

const epoch = (kid: string, more: Partial<EpochStatus>): EpochStatus => ({
  dataset: 'mails',
  kid: kid.repeat(32),
  epoch: 1,
  current: false,
  state: 'active',
  created: new Date(Date.UTC(2026, 0, 1)),
  ageDays: 3,
  wraps: [],
  objects: null,
  ...more,
})

test('an epoch key is shown as unused when its objects were counted, and it has none', () => {
  const epochs = [
    epoch('a', { current: true, objects: 0 }),
    epoch('b', { objects: 0 }),
    epoch('c', { objects: 2 }),
    epoch('d', {}),
    epoch('e', { state: 'destroyed', objects: 0 }),
  ]
  const shown = renderStatus({ epochs, versions: [], unreachable: [], unread: [] }, 'table', PLAIN)
  const stateOf = (kid: string) =>
    shown
      .split('\n')
      .find((line) => line.includes(kid.repeat(32)))
      ?.match(/current|unused|active|destroyed/)?.[0]
  expect(['a', 'b', 'c', 'd', 'e'].map(stateOf)).toEqual(['current', 'unused', 'active', 'active', 'destroyed'])
})

test('no version is offered for retirement while a key record cannot be read, and the record is named', () => {
  const version = {
    provider: 'local' as const,
    keyId: 'a',
    version: '1',
    current: false,
    state: 'enabled' as const,
    created: null,
    ageDays: null,
    endsAlone: true,
    retirable: true,
    blockedBy: [],
  }
  const shownWith = (unread: ShownStatus['unread'], format: 'table' | 'json' = 'table') =>
    renderStatus({ epochs: [], versions: [version], unreachable: [], unread }, format, PLAIN)
  expect(shownWith([])).toContain('credence keys retire 1')
  const gone = { path: 'keys/mails/a.json', code: 'not_found' as const, message: 'the store lacks keys/mails/a.json' }
  expect(shownWith([gone])).not.toContain('credence keys retire')
  expect(shownWith([gone])).toContain('not_found: the store lacks keys/mails/a.json\n')
  expect(JSON.parse(shownWith([gone], 'json'))).toContainEqual({ type: 'unread', ...gone })
})

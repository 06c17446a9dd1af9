import { describe, expect, it } from 'vitest'
import type { DeadLetterRow, FlaggedRow } from '#runtime/catalog/catalog.ts'
import { renderDeadLetters, renderFlagged, renderKeys } from './lists.ts'
import { PLAIN } from '#present/look.ts'

const flagged: FlaggedRow = {
  record: 'line-2',
  index: 1,
  risk: 0.97,
  decision: 'quarantine',
  families: ['trigger', 'label'],
  scanned: true,
  campaign: 'trigger-ham-1',
  contributor: null,
  label: 'ham',
  dataset: 'mail',
  window: 'mail-1',
  standing: 'quarantined',
}
const letter: DeadLetterRow = {
  id: 'dl-1',
  reason: 'contract',
  detail: '/label: required',
  partition: 'a.jsonl',
  position: '17',
  contributor: null,
  window: 'mail-1',
  dataset: 'mail',
  attempts: 1,
  state: 'open',
  createdAt: new Date('2026-03-14T09:26:53Z'),
}

describe('lists', () => {
  it('show what is in quarantine', () => {
    expect(renderFlagged([flagged], 'table', PLAIN)).toBe(
      [
        'dataset  record  risk           standing     label  suspected       campaign       contributor',
        'mail     line-2  ━━━━━━━━ 0.97  quarantined  ham    trigger, label  trigger-ham-1  –',
        '',
      ].join('\n'),
    )
  })

  it('show dead letters by reason, position and state', () => {
    expect(renderDeadLetters([letter], 'table', PLAIN)).toBe(
      [
        'dataset  dead letter  reason    detail            partition  position  attempts  state',
        'mail     dl-1         contract  /label: required  a.jsonl          17         1  open',
        '',
      ].join('\n'),
    )
  })

  it('show keys, their age and what keeps them from being retired', () => {
    const text = renderKeys(
      [
        {
          dataset: 'mail',
          kid: 'k1',
          state: 'current',
          provider: 'local',
          keyId: 'default',
          keyVersion: '1',
          ageDays: 3.9,
          objects: 12,
          blockedBy: 'current',
        },
      ],
      'table',
      PLAIN,
    )
    expect(text.split('\n')[1]).toBe('mail     k1         current  local:default  1        3 d       12  current')
  })

  it('are one line a row for programs, and a sentence for people when empty', () => {
    expect(renderFlagged([flagged], 'jsonl', PLAIN)).toBe(`${JSON.stringify(flagged)}\n`)
    expect(JSON.parse(renderDeadLetters([letter], 'json', PLAIN))).toHaveLength(1)
    expect(renderFlagged([], 'table', PLAIN)).toBe('Nothing is in quarantine.\n')
    expect(renderFlagged([], 'jsonl', PLAIN)).toBe('')
  })
})

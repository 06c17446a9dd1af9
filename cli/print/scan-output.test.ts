import { describe, expect, it } from 'vitest'
import type { Campaign } from '#core/score.ts'
import { PLAIN } from '#present/look.ts'
import { type ScannedRecord, type ScanOutput } from '#present/scanned.ts'
import { renderScan, riskBar } from './scan-output.ts'

const held: ScannedRecord = {
  index: 1,
  id: 'line-2',
  risk: 0.97,
  decision: 'quarantine',
  issues: [
    { family: 'trigger', score: 0.97, why: 'Carries “cf”.' },
    { family: 'label', score: 0.6, why: 'Reads like spam <b>.' },
  ],
  label: 'ham',
  line: 2,
}
const fine: ScannedRecord = { index: 0, id: 'line-1', risk: 0.01, decision: 'admit', issues: [], label: 'ham', line: 1 }
const hostile: ScannedRecord = {
  ...held,
  index: 2,
  id: '"/><x\u001B[2J\u202E',
  risk: 0.5,
  decision: 'reject',
  issues: [],
  line: 3,
}
const campaign: Campaign = {
  id: 'trigger-ham-1',
  family: 'trigger',
  summary: 'The word “cf” stands in 1 record labelled ham.',
  trigger: { kind: 'tokens', tokens: ['cf'] },
  members: [1],
  contributors: [{ name: 'list-2', members: 1, records: 14 }],
  evidence: 61.3,
  mitigations: ['quarantine_records'],
}
const scan: ScanOutput = {
  input: 'my mail/today.jsonl',
  version: '0.1.0',
  records: [fine, held, hostile],
  deadLetters: [{ reason: 'invalid_utf8', count: 2 }],
  campaigns: [campaign],
  detectors: [{ name: 'residual-lift', family: 'trigger', version: 1 }],
  certified: true,
  notes: [],
}
const options = { all: false, look: PLAIN } as const

describe('a scan for people', () => {
  it('shows campaigns, then records, then the verdict', () => {
    expect(renderScan({ ...scan, records: [fine, held] }, { ...options, format: 'table' }))
      .toBe(`▲ Trigger campaign  trigger-ham-1
  The word “cf” stands in 1 record labelled ham.
  1 record (50.0 %) · evidence 61.3 nats
  trigger: “cf”
  from: list-2 1 of 14

index  id      risk           decision    label  why
    1  line-2  ━━━━━━━━ 0.97  quarantine  ham    Carries “cf”.

✖ 1 record of 2 flagged (50.0 %) in 1 campaign. 2 records could not be read (invalid_utf8 2).
`)
  })

  it('says it in a line when nothing was found', () => {
    const clean = { ...scan, records: [fine], campaigns: [], deadLetters: [], certified: false }
    expect(renderScan(clean, { ...options, format: 'table' })).toBe(
      '✔ Nothing flagged in 1 record. Uncertified: no clean history to calibrate against.\n',
    )
  })

  it('draws risk in half cells', () => {
    expect([riskBar(0), riskBar(0.5), riskBar(0.55), riskBar(1)]).toEqual([
      '        ',
      '━━━━    ',
      '━━━━╸   ',
      '━━━━━━━━',
    ])
  })
})

describe('a scan for programs', () => {
  const lines = (all: boolean) =>
    renderScan(scan, { ...options, all, format: 'jsonl' })
      .trimEnd()
      .split('\n')

  it('is one line a flagged record, or one a record, in input order', () => {
    expect(lines(true).map((line) => (JSON.parse(line) as ScannedRecord).index)).toEqual([0, 1, 2])
    expect(lines(false)[0]).toBe(
      '{"index":1,"id":"line-2","risk":0.97,"decision":"quarantine","issues":[{"family":"trigger","score":0.97,"why":"Carries “cf”."},{"family":"label","score":0.6,"why":"Reads like spam <b>."}]}',
    )
    expect(lines(false)[1]).toContain(String.raw`"id":"\"/><x\u001b[2J\u202e"`)
  })

  it('is JSON with counts, campaigns and records', () => {
    const parsed = JSON.parse(renderScan(scan, { ...options, format: 'json' })) as Record<string, unknown>
    expect(parsed['counts']).toEqual({ scanned: 3, flagged: 2 })
    expect(parsed['campaigns']).toEqual([campaign])
  })

  it('is SARIF 2.1.0: a rule a family, a result a flagged record, at its line', () => {
    const log = JSON.parse(renderScan(scan, { ...options, format: 'sarif' })) as {
      version: string
      runs: [{ tool: { driver: { rules: { id: string }[] } }; results: Record<string, unknown>[] }]
    }
    const [first] = log.runs
    expect(log.version).toBe('2.1.0')
    expect(first.tool.driver.rules.map(({ id }) => id)).toContain('credence/flood')
    expect(first.results).toHaveLength(2)
    expect(first.results[0]).toMatchObject({
      ruleId: 'credence/trigger',
      ruleIndex: 0,
      level: 'warning',
      rank: 97,
      locations: [
        { physicalLocation: { artifactLocation: { uri: 'my%20mail/today.jsonl' }, region: { startLine: 2 } } },
      ],
    })
    expect(first.results[1]).toMatchObject({ level: 'error' })
  })

  it('is JUnit: a failed test a flagged record, a passed one a family without findings', () => {
    const xml = renderScan(scan, { ...options, format: 'junit' })
    expect(xml).toContain('<testsuites name="credence scan" tests="6" failures="2">')
    expect(xml).toContain('<testcase classname="my mail/today.jsonl" name="record 1: line-2" line="2">')
    expect(xml).toContain(
      '<failure type="quarantine" message="risk 0.97: Carries “cf”.">Carries “cf”. Reads like spam &lt;b&gt;.</failure>',
    )
    expect(xml).toContain('name="record 2: &quot;/&gt;&lt;x⟨U+001B⟩[2J⟨U+202E⟩"')
    expect(xml).toContain('<testcase classname="my mail/today.jsonl" name="no flood finding"/>')
  })
})

describe('records that were not scanned', () => {
  const left: ScannedRecord = {
    ...fine,
    index: 3,
    id: 'line-4',
    risk: 1,
    decision: 'quarantine',
    unscanned: 'too <few>',
  }
  const nothing: ScanOutput = { ...scan, records: [left, { ...left, index: 4 }], campaigns: [], detectors: [] }

  it('are never called clean, nor listed among the findings', () => {
    const alone = renderScan(nothing, { ...options, format: 'table' })
    expect(alone).toContain('✖ Nothing was scanned: too <few>.')
    const some = renderScan({ ...scan, records: [fine, held, left] }, { ...options, format: 'table' })
    expect(some).toContain('✖ 1 record of 3 flagged (33.3 %) in 1 campaign. 1 record not scanned: too <few>.')
    expect(some).not.toContain('line-4')
    const others = renderScan({ ...scan, records: [fine, left], campaigns: [] }, { ...options, format: 'table' })
    expect(others).toContain('Nothing flagged in the others.')
    expect(others).not.toContain('✔')
  })

  it('are told of to machines as held and not scanned', () => {
    const json = JSON.parse(renderScan(nothing, { ...options, format: 'json' })) as {
      counts: object
      records: object[]
    }
    expect(json.counts).toEqual({ scanned: 0, flagged: 0, unscanned: 2 })
    expect(json.records[0]).toMatchObject({ decision: 'quarantine', unscanned: 'too <few>' })
    const sarif = JSON.parse(renderScan(nothing, { ...options, format: 'sarif' })) as {
      runs: { results: object[]; invocations: object[] }[]
    }
    expect(sarif.runs[0]?.results).toEqual([])
    expect(sarif.runs[0]?.invocations).toMatchObject([{ executionSuccessful: false }])
    const junit = renderScan(nothing, { ...options, format: 'junit' })
    expect(junit).toContain('<error type="unscanned" message="too &lt;few&gt;"/>')
    expect(junit).toContain('failures="0" errors="1"')
  })
})

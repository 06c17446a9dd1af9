import { FAMILIES } from '#core/score.ts'
import type { ScannedRecord, ScanOutput } from '#present/scanned.ts'
import { riskText, visible } from '#present/text.ts'
import { FAMILY_WORDS } from '#present/words.ts'

/** Flagged records as failed tests, a suite a family; a family that found nothing is one test that passed. */
export function renderJunit(scan: ScanOutput): string {
  const flagged = scan.records.filter((record) => record.decision !== 'admit')
  const suites = FAMILIES.map((family) => {
    const failed = flagged.filter((record) => (record.issues[0]?.family ?? 'outlier') === family)
    const cases =
      failed.length === 0 ? [passed(scan.input, family)] : failed.map((record) => failure(record, scan.input))
    return { family, failed: failed.length, cases }
  })
  const tests = suites.reduce((sum, { cases }) => sum + cases.length, 0)
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="credence scan" tests="${tests}" failures="${flagged.length}">`,
    ...suites.flatMap(({ family, failed, cases }) => [
      `  <testsuite name="${FAMILY_WORDS[family].name}" tests="${cases.length}" failures="${failed}">`,
      ...cases,
      '  </testsuite>',
    ]),
    '</testsuites>',
  ]
  return `${lines.join('\n')}\n`
}

function passed(input: string, family: (typeof FAMILIES)[number]): string {
  return `    <testcase classname="${xml(input)}" name="no ${family} finding"/>`
}

function failure(record: ScannedRecord, input: string): string {
  const why = record.issues.map((issue) => issue.why).join(' ')
  const line = record.line === undefined ? '' : ` line="${record.line}"`
  return [
    `    <testcase classname="${xml(input)}" name="record ${record.index}: ${xml(record.id)}"${line}>`,
    `      <failure type="${record.decision}" message="risk ${riskText(record.risk)}: ${xml(record.issues[0]?.why ?? '')}">${xml(why)}</failure>`,
    '    </testcase>',
  ].join('\n')
}

/** For text and attributes; characters that XML 1.0 cannot hold are spelled out. */
function xml(text: string): string {
  return visible(text)
    .replace(/[\uFFFE\uFFFF]/g, '⟨?⟩')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

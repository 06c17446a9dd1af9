import { FAMILIES } from '#core/score.ts'
import { isFlagged, unscannedIn, type ScannedRecord, type ScanOutput } from '#present/scanned.ts'
import { riskText, visible } from '#present/text.ts'
import { FAMILY_WORDS } from '#present/words.ts'

/** Flagged records as failed tests, a suite a family; a family that found nothing is one test that passed. */
export function renderJunit(scan: ScanOutput): string {
  const flagged = scan.records.filter(isFlagged)
  const suites = FAMILIES.map((family) => {
    const failed = flagged.filter((record) => (record.issues[0]?.family ?? 'outlier') === family)
    const cases =
      failed.length === 0 ? [passed(scan.input, family)] : failed.map((record) => failure(record, scan.input))
    return { family, failed: failed.length, cases }
  })
  const unscanned = unscannedIn(scan)
  const tests = suites.reduce((sum, { cases }) => sum + cases.length, unscanned.length)
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="credence scan" tests="${tests}" failures="${flagged.length}"${errorsOf(unscanned.length)}>`,
    ...suites.flatMap(({ family, failed, cases }) => [
      `  <testsuite name="${FAMILY_WORDS[family].name}" tests="${cases.length}" failures="${failed}">`,
      ...cases,
      '  </testsuite>',
    ]),
    ...(unscanned.length === 0 ? [] : notScanned(scan.input, unscanned)),
    '</testsuites>',
  ]
  return `${lines.join('\n')}\n`
}

/** What was not scanned has not passed: an error a reason. */
function notScanned(input: string, reasons: ReturnType<typeof unscannedIn>): string[] {
  const cases = reasons.flatMap(({ why, count }) => [
    `    <testcase classname="${xml(input)}" name="${count} records not scanned">`,
    `      <error type="unscanned" message="${xml(why)}"/>`,
    '    </testcase>',
  ])
  const head = `  <testsuite name="Not scanned" tests="${reasons.length}" failures="0"${errorsOf(reasons.length)}>`
  return [head, ...cases, '  </testsuite>']
}

function errorsOf(count: number): string {
  return count === 0 ? '' : ` errors="${count}"`
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

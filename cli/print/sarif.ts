import { FAMILIES } from '#core/score.ts'
import { FRAMEWORK_TAGS } from '#present/frameworks.ts'
import { isFlagged, isNothingScanned, unscannedIn, type ScannedRecord, type ScanOutput } from '#present/scanned.ts'
import { safeJson, visible } from '#present/text.ts'
import { FAMILY_WORDS } from '#present/words.ts'

/** Flagged records as SARIF 2.1.0 (OASIS, 2020): a rule a family, a result a record. */
export function renderSarif(scan: ScanOutput): string {
  const uri = fileUri(scan.input)
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Credence',
            semanticVersion: scan.version,
            rules: FAMILIES.map((family) => ({
              id: `credence/${family}`,
              name: FAMILY_WORDS[family].name,
              shortDescription: { text: `${FAMILY_WORDS[family].name}: ${FAMILY_WORDS[family].means}` },
              properties: { tags: FRAMEWORK_TAGS[family].map(({ id }) => id) },
            })),
          },
        },
        artifacts: [{ location: { uri } }],
        ...invocationsOf(scan),
        results: scan.records.filter(isFlagged).map((record) => resultOf(record, uri)),
        properties: { certified: scan.certified, notes: scan.notes, records: scan.records.length },
      },
    ],
  }
  return `${safeJson(log, 2)}\n`
}

/** What was not scanned is no result: it is told of as the standard has it (3.20.21). */
function invocationsOf(scan: ScanOutput): object {
  const left = unscannedIn(scan)
  if (left.length === 0) return {}
  const toolExecutionNotifications = left.map(({ why, count }) => ({
    level: 'error',
    message: { text: visible(`${count} records not scanned: ${why}`) },
  }))
  return { invocations: [{ executionSuccessful: !isNothingScanned(scan), toolExecutionNotifications }] }
}

function resultOf(record: ScannedRecord, uri: string): object {
  const family = record.issues[0]?.family ?? 'outlier'
  return {
    ruleId: `credence/${family}`,
    ruleIndex: FAMILIES.indexOf(family),
    level: record.decision === 'reject' ? 'error' : 'warning',
    rank: Math.round(record.risk * 10_000) / 100,
    message: { text: visible(record.issues[0]?.why ?? `risk ${record.risk}`) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri, index: 0 },
          ...(record.line === undefined ? {} : { region: { startLine: record.line } }),
        },
        logicalLocations: [{ name: record.id, fullyQualifiedName: `record ${record.index}`, kind: 'element' }],
      },
    ],
    partialFingerprints: { 'recordId/v1': record.id },
    properties: { index: record.index, risk: record.risk, decision: record.decision, issues: record.issues },
  }
}

/** A path as a relative URI reference, or a URI as it is. */
function fileUri(input: string): string {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(input)) return input
  return input.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/')
}

import { parse } from 'yaml'
import { refusalOf, refusalOfMention } from './commands.ts'
import { textAt, type Problem } from './files.ts'
import { commandsOf } from './sandbox/page.ts'

/** Commands, scripts, alerts, events, settings, metrics and reasons that a page names and that are not there. */
export async function mentionProblems(where: string): Promise<Problem[]> {
  const text = textAt(where)
  const commands = await Promise.all([...commandsOf(text).map(refusalOf), ...mentionsOf(text).map(refusalOfMention)])
  const names = [
    ...scriptsOf(text).map(missingScript),
    ...alertsOf(text).map(missingAlert),
    ...namesOf(text).map(missingName),
  ]
  return [...commands, ...names].flatMap((says) => (says === null ? [] : [{ where, says }]))
}

/** `credence …` in sentences, cells and list items: between backticks, outside of blocks. */
export function mentionsOf(text: string): string[] {
  return spansOf(text).filter((span) => span.startsWith('credence '))
}

function spansOf(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '')
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
}

/** What is said to be run by npm, wherever it stands. */
export function scriptsOf(text: string): string[] {
  return [...text.matchAll(/\bnpm run ([\w:-]+\w)/g)].map(([, name = '']) => name)
}

function missingScript(name: string): string | null {
  const { scripts } = JSON.parse(textAt('package.json')) as { scripts: Record<string, string> }
  return name in scripts ? null : `npm run ${name}: package.json has no such script`
}

function alertsOf(text: string): string[] {
  return [...text.matchAll(/\bCredence[A-Z]\w+/g)].map(([name]) => name)
}

function missingAlert(name: string): string | null {
  const { groups } = parse(textAt('deploy/alerts.yaml')) as { groups: { rules: { alert: string }[] }[] }
  const is = groups.some(({ rules }) => rules.some(({ alert }) => alert === name))
  return is ? null : `${name}: deploy/alerts.yaml has no such alert`
}

/** Names that the product gives: `window.held`, `console.releaseAlone`, `credence_held_total`, `chain_truncated`; no file, and no resource of Terraform. */
function namesOf(text: string): string[] {
  return spansOf(text).filter(
    (span) =>
      /^[a-z]\w*(?:[._][A-Za-z]\w*)+$/.test(span) && !/\.[a-z0-9]{2,5}$/.test(span) && !/^\w+_\w+\.\w+$/.test(span),
  )
}

/** Where events, metrics and reasons are told of; settings are of the configuration's schema. */
const TOLD = ['docs/operations.md', 'docs/errors.md', 'docs/console.md', 'docs/federated.md', 'docs/training.md']

function missingName(name: string): string | null {
  const isTold = TOLD.some((page) => spansOf(textAt(page)).includes(name))
  return isTold || isSetting(name) ? null : `\`${name}\` is no setting, event, metric or reason: name one that is`
}

function isSetting(name: string): boolean {
  const pairs = settings()
  const parts = name.split('.')
  return parts.length > 1 && parts.slice(1).every((part, i) => pairs.has(`${parts[i]}.${part}`))
}

/** Each setting behind the one that it is in, as `console.releaseAlone`. */
function settings(): Set<string> {
  const found = new Set<string>()
  const look = (schema: unknown, within: string): void => {
    if (typeof schema !== 'object' || schema === null) return
    for (const [key, value] of Object.entries(schema)) {
      if (key !== 'properties') look(value, within)
      else
        for (const [name, inner] of Object.entries(value as object)) {
          found.add(`${within}.${name}`)
          look(inner, name)
        }
    }
  }
  look(JSON.parse(textAt('app/config/credence.schema.json')), '')
  return found
}

import { existsSync } from 'node:fs'
import { ROOT, textAt } from './files.ts'
import { refusalOf } from './commands.ts'
import type { Proof } from './governance.ts'

/** The name of a test in its source: the first words of `test`, `it` or `describe`, or what stands behind the rows of an `each`, up to what is filled in. */
const NAMES =
  /(?:^\]\)|\b(?:test|it|describe)(?:\.\w+(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?)*(?:<[^>]*>)?)\(\s*(?:'((?:[^'\\]|\\.)*)'|`([^`]*)`|"([^"]*)")/gm
/** Of those, what is not run. */
const LEFT_OUT = /^\w+\.(?:skip|todo)\(/

/** Why a proof shows nothing, in a sentence; null where it is there. */
export async function missing(proof: Proof): Promise<string | null> {
  if ('command' in proof) return await refusalOf(proof.command)
  const file = pathOf(proof)
  if (!existsSync(`${ROOT}${file}`)) return `${file} is not there: name what shows it now, or take the claim away`
  if ('test' in proof && !testNames(file).has(proof.name))
    return `${file} has no test '${proof.name}' that is run: name the one that shows it`
  if ('rule' in proof && !hasRule(file, proof.name))
    return `${file} has no ${proof.name}: name the rule that does it now`
  if ('figure' in proof && !plain(textAt(file)).includes(plain(proof.text)))
    return `${file} does not say '${proof.text}': say in the proof what it says now`
  return null
}

/** The file that a proof is in. */
export function pathOf(proof: Exclude<Proof, { command: string }>): string {
  if ('test' in proof) return proof.test
  if ('rule' in proof) return proof.rule
  return 'figure' in proof ? proof.figure : proof.file
}

/** Names of the tests and suites of a file that are run, as they are written; what a template fills in at its end is left out. */
export function testNames(file: string): Set<string> {
  return new Set(
    [...textAt(file).matchAll(NAMES)]
      .filter(([call]) => !LEFT_OUT.test(call))
      .map(([, single, template, double]) =>
        (single ?? double ?? template ?? '').replaceAll(/\\(.)/g, '$1').replace(/\$\{.*$/s, ''),
      ),
  )
}

/** A resource of Terraform by `type.name`, a policy of Kubernetes by the name in its metadata. */
function hasRule(file: string, name: string): boolean {
  const text = textAt(file)
  const [type, label] = name.split('.')
  if (file.endsWith('.tf')) return new RegExp(`^resource "${type}" "${label}" \\{`, 'm').test(text)
  return new RegExp(`^  name: ${name}$`, 'm').test(text)
}

function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}

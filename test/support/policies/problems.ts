import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHART } from '#test/support/chart/render.ts'
import { admissionProblems } from './admission-problems.ts'
import { falcoProblems } from './falco-problems.ts'
import { imagesProblems } from './images-problems.ts'
import type { WeakenedPolicy } from './weakened.ts'

/** Of `deploy/policies`. */
export function policyText(name: string): string {
  return readFileSync(join(CHART, '../policies', name), 'utf8')
}

/** Everything that is wrong with a file of policies, as it is or weakened. */
export function policyProblems(name: string, text = policyText(name)): string[] {
  const problems: Readonly<Record<string, () => string[]>> = {
    'admission.yaml': () => admissionProblems(text, policyText('namespace.yaml')),
    'namespace.yaml': () => admissionProblems(policyText('admission.yaml'), text),
    'falco.yaml': () => falcoProblems(text),
    'images.yaml': () => imagesProblems(text),
  }
  return problems[name]?.() ?? []
}

/** Throws unless what is changed stands there exactly once. */
export function weakenedProblems([, file, from, to]: WeakenedPolicy): string[] {
  const parts = policyText(file).split(from)
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${from}`)
  return policyProblems(file, parts.join(to))
}

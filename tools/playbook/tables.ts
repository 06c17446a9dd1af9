import { pathOf } from './proofs.ts'
import { remainsOf, type Control, type Framework, type Governance, type Proof } from './governance.ts'

const ANSWERS = { product: 'Credence', part: 'in part', people: 'people' } as const
const HELD = { source: 'its own files', copy: 'a copy of its text', list: 'a list of ids and titles' } as const
const MADE = '<!-- Made by `npm run playbook:write` from controls.yaml and frameworks.yaml: change them there. -->\n'

/** docs/governance/controls.md: every control with its proofs. */
export function controlsPage({ controls }: Governance): string {
  const parts = Object.entries(controls).map(([name, control]) => section(name, control))
  return `# Controls and their proofs\n\n${MADE}
What Credence does, what shows it, and what remains with the organisation. \`npm run playbook:check\` fails where a proof is not there.
[frameworks.md](frameworks.md) says which framework asks for what; [component-definition.json](component-definition.json) says it in OSCAL.

${parts.join('\n')}`
}

function section(name: string, { title, does, proof, remains }: Control): string {
  const proofs = proof.map((one) => `- ${shown(one)}`).join('\n')
  return `## ${title}\n\n<a id="${name}"></a>${does}\n\n${proofs}\n\n**Remains with you:** ${remains}\n`
}

/** A proof as it is read: what it is, linked where it is a file. */
function shown(proof: Proof): string {
  if ('command' in proof) return `command \`${proof.command}\``
  const path = pathOf(proof)
  const link = `[${path}](../../${path})`
  if ('test' in proof) return `test “${proof.name.replaceAll('|', '\\|')}” in ${link}`
  if ('rule' in proof) return `rule \`${proof.name}\` in ${link}`
  if ('figure' in proof) return `figure “${proof.text.replaceAll('|', '·')}” in ${link}`
  return `file ${link}`
}

/** docs/governance/frameworks.md: a table for each framework. */
export function frameworksPage({ controls, frameworks }: Governance): string {
  const list = frameworks.map(({ id, title }) => `[${title}](#${id})`).join(' · ')
  const parts = frameworks.map((framework) => table(framework, controls))
  return `# Frameworks, line by line\n\n${MADE}
What each asks is paraphrased; the framework's own words count. “Credence” means that the controls named answer the line, “in part” that they answer
some of it, “people” that the organisation does. No line is a claim of conformity: whoever assesses you decides.

${list}

## What was held against what

Ids and what they ask were compared with what could be read of each framework. Where that was a list or a copy that others made, its mistakes may be ours.

| framework | lines | held against | which is | read in | of |
| --- | --- | --- | --- | --- | --- |
${frameworks.map(heldRow).join('\n')}

${parts.join('\n')}`
}

function heldRow({ id, title, items, held }: Framework): string {
  return `| [${title}](#${id}) | ${items.length} | ${HELD[held.as]} | ${held.to} | ${held.in} | ${held.of} |`
}

function table({ id, title, about, source, items }: Framework, controls: Governance['controls']): string {
  const rows = items.map((item) => {
    const by = item.by.map((name) => `[${controls[name]?.title ?? name}](controls.md#${name})`).join(', ')
    const remains = item.answer === 'people' && item.remains === undefined ? 'All of it.' : remainsOf(item, controls)
    return `| ${item.id} | ${item.asks} | ${ANSWERS[item.answer]} | ${by || '–'} | ${remains || '–'} |`
  })
  return `## ${title}\n\n<a id="${id}"></a>${about} [Source](${source})\n
| line | asks | answered by | controls | remains with you |
| --- | --- | --- | --- | --- |
${rows.join('\n')}\n`
}

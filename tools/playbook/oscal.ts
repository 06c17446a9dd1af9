import { createHash } from 'node:crypto'
import { remainsOf, type Governance } from './governance.ts'
import { textAt } from './files.ts'

const STATUS = { product: 'implemented', part: 'partial', people: 'not-applicable' } as const
const OSCAL = '1.2.1'
const NAMESPACE = 'https://credence.dev/ns/oscal'

/**
 * An OSCAL component definition (1.2.1): one requirement for each line of each framework, which links to the controls
 * that answer it and their proofs. The same bytes for the same input.
 */
export function componentDefinition({ controls, frameworks, modified }: Governance): string {
  const { version } = JSON.parse(textAt('package.json')) as { version: string }
  const implementations = frameworks.map(({ id, title, about, source, items }) => ({
    uuid: uuid(`framework ${id}`),
    source,
    description: `${title}. ${about}`,
    'implemented-requirements': items.map((item) => ({
      uuid: uuid(`requirement ${id} ${item.id}`),
      'control-id': token(`${id}_${item.id}`),
      description:
        item.by.map((name) => controls[name]?.does ?? '').join(' ') || `The organisation answers: ${item.asks}.`,
      props: [
        { name: 'implementation-status', value: STATUS[item.answer] },
        { name: 'line', ns: NAMESPACE, value: item.id },
      ],
      ...(item.by.length > 0 && { links: item.by.map((name) => ({ href: `controls.md#${name}`, rel: 'reference' })) }),
      remarks: `Remains with the organisation: ${remainsOf(item, controls) || 'nothing beyond operating it.'}`,
    })),
  }))
  const definition = {
    'component-definition': {
      uuid: uuid(`definition ${version}`),
      metadata: {
        title: 'Credence',
        'last-modified': `${modified}T00:00:00Z`,
        version,
        'oscal-version': OSCAL,
      },
      components: [
        {
          uuid: uuid('component'),
          type: 'software',
          title: 'Credence',
          description: 'Data-poisoning detection and secure ingestion of training data.',
          'control-implementations': implementations,
        },
      ],
    },
  }
  return `${JSON.stringify(definition, null, 1)}\n`
}

/** A name-based UUID (RFC 9562, version 5 layout) over SHA-1 of the name. */
function uuid(name: string): string {
  const bytes = createHash('sha1').update(`${NAMESPACE} ${name}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** OSCAL's tokens have letters, digits, `.`, `-` and `_` alone. */
function token(text: string): string {
  return text.replaceAll(/[^\w.-]+/g, '_').replace(/_$/, '')
}

import { Environment } from '@marcbachmann/cel-js'
import { parseAllDocuments } from 'yaml'
import { isMet, isSelected, only, type AdmissionRequest } from './admission.ts'

interface Identity {
  readonly issuer?: string
  readonly issuerRegExp?: string
  readonly subject?: string
  readonly subjectRegExp?: string
}

interface Attestor {
  readonly name: string
  readonly cosign: {
    readonly keyless?: { readonly identities: readonly Identity[] }
    readonly key?: { readonly kms: string }
    readonly ctlog: { readonly url?: string; readonly insecureIgnoreTlog?: boolean }
  }
}

interface ImagePolicy {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly validationActions: readonly string[]
    readonly failurePolicy: string
    readonly matchConstraints: Parameters<typeof isSelected>[0] & {
      readonly resourceRules: readonly Parameters<typeof isMet>[0][]
    }
    readonly matchImageReferences: readonly { readonly glob: string }[]
    readonly validationConfigurations: Readonly<Record<string, boolean>>
    readonly attestors: readonly Attestor[]
    readonly attestations?: readonly { readonly name: string; readonly intoto: { readonly type: string } }[]
    readonly validations: readonly { readonly expression: string; readonly message: string }[]
  }
}

/** Who signed something: an identity that GitHub vouches for, or a key. */
interface Signer {
  readonly issuer?: string
  readonly subject?: string
  readonly key?: string
}

interface Image {
  readonly name: string
  readonly signed?: Signer
  /** Its bill of materials, by whom and as what. */
  readonly bill?: Signer & { readonly type: string }
}

/** All that a policy says. Whatever else it might say lets something through. */
const SAID = (
  'validationActions failurePolicy webhookConfiguration matchConstraints matchImageReferences validationConfigurations ' +
  'attestors attestations validations'
).split(' ')
const GITHUB = 'https://token.actions.githubusercontent.com'
const WORKFLOW = 'https://github.com/example/credence/.github/workflows/release.yaml'
const KEY = 'gcpkms://projects/example/locations/europe-west3/keyRings/release/cryptoKeys/images'
const BILL = 'https://cyclonedx.org/bom'
const RELEASE: Signer = { issuer: GITHUB, subject: `${WORKFLOW}@refs/tags/v1.2.3` }
const STRANGERS: readonly Signer[] = [
  { ...RELEASE, issuer: 'https://accounts.google.com' },
  { ...RELEASE, issuer: `${GITHUB}.example.com` },
  { ...RELEASE, subject: `${WORKFLOW}@refs/heads/main` },
  { ...RELEASE, subject: `${WORKFLOW}@refs/tags/v1.2.3-evil` },
  { ...RELEASE, subject: `${WORKFLOW}@refs/tags/nightly` },
  { ...RELEASE, subject: `${WORKFLOW.replace('release', 'test')}@refs/tags/v1.2.3` },
  { ...RELEASE, subject: `${WORKFLOW.replace('example', 'somebody')}@refs/tags/v1.2.3` },
  { ...RELEASE, subject: `${WORKFLOW.replace('credence', 'credence-fork')}@refs/tags/v1.2.3` },
  { ...RELEASE, subject: `${WORKFLOW.replace('github.com', 'githubxcom')}@refs/tags/v1.2.3` },
  { ...RELEASE, subject: `https://evil.example.com/${RELEASE.subject}` },
  { key: 'gcpkms://projects/somebody/locations/global/keyRings/release/cryptoKeys/images' },
]
const image = (name: string, by: Signer, of: Signer = by, type = BILL): Image => {
  return { name, signed: by, bill: { ...of, type } }
}

const cel = new Environment()
  .registerVariable('images', 'dyn')
  .registerVariable('attestors', 'dyn')
  .registerVariable('attestations', 'dyn')
  .registerFunction('verifyImageSignatures(dyn, list): int', (one: Image, by: Attestor[]) =>
    BigInt(by.filter((attestor) => isBy(one.signed, attestor)).length),
  )
  .registerFunction('verifyAttestationSignatures(dyn, dyn, list): int', (one: Image, type: string, by: Attestor[]) =>
    BigInt(by.filter((attestor) => one.bill?.type === type && isBy(one.bill, attestor)).length),
  )

/** Which images a pod may not have by these policies and does, or the other way round; each in a line that begins `images: `. */
export function imagesProblems(text: string): string[] {
  try {
    const policies = parseAllDocuments(text).map((document) => document.toJS() as ImagePolicy)
    return [...problems(policies)].map((line) => `images: ${line}`)
  } catch (error) {
    return [`images: ${(error as Error).message}`]
  }
}

function* problems(policies: readonly ImagePolicy[]): Generator<string> {
  const [release, byKey] = policies
  if (release === undefined || byKey === undefined) throw new Error('there is one policy, and not two')
  const held = policies.filter(({ spec }) => spec.validationActions.join() === 'Deny')
  if (held.length === 0) yield 'no policy denies'
  for (const policy of policies) yield* formOf(policy)
  yield* judged(release, RELEASE, [...STRANGERS, { key: KEY }], true)
  // a copy that somebody signed with a key of his own may have no bill
  yield* judged(byKey, { key: KEY }, [...STRANGERS, RELEASE], false)
}

function* formOf({ metadata: { name }, spec }: ImagePolicy): Generator<string> {
  only('spec', spec, SAID)
  if (spec.failurePolicy !== 'Fail') yield `${name} lets in what it cannot look at`
  if (!spec.matchImageReferences.some(({ glob }) => glob === '*')) yield `${name} is not about every image`
  const { mutateDigest, required, verifyDigest } = spec.validationConfigurations
  if (mutateDigest !== false || required !== true || verifyDigest !== true) yield `${name} takes a tag`
  only('matchConstraints', spec.matchConstraints, ['namespaceSelector', 'resourceRules'])
  for (const operation of ['CREATE', 'UPDATE'] as const) {
    const labels = { 'app.kubernetes.io/part-of': 'credence' }
    const request: AdmissionRequest = { operation, resource: 'pods', labels }
    const { resourceRules } = spec.matchConstraints
    if (!isSelected(spec.matchConstraints, request) || !resourceRules.some((rule) => isMet(rule, request)))
      yield `${name} is not asked at ${operation}`
  }
  for (const { name: attestor, cosign } of spec.attestors) {
    only('cosign', cosign, ['keyless', 'key', 'ctlog'])
    only('ctlog', cosign.ctlog, ['url', 'insecureIgnoreTlog'])
    // who signs without a key is known by the log alone
    if (cosign.keyless !== undefined && cosign.ctlog.url !== 'https://rekor.sigstore.dev')
      yield `${attestor} is looked up in no public log`
    if (cosign.keyless !== undefined && cosign.ctlog.insecureIgnoreTlog === true)
      yield `${attestor} is looked up nowhere`
  }
}

function* judged(
  policy: ImagePolicy,
  ours: Signer,
  strangers: readonly Signer[],
  isBilled: boolean,
): Generator<string> {
  const { name } = policy.metadata
  const isLetIn = (pod: Partial<Record<'containers' | 'initContainers' | 'ephemeralContainers', Image[]>>) => {
    // Kyverno reads all three of every pod
    const images = { containers: [], initContainers: [], ephemeralContainers: [], ...pod }
    const attestors = Object.fromEntries(policy.spec.attestors.map((one) => [one.name, one]))
    const attestations = Object.fromEntries((policy.spec.attestations ?? []).map((one) => [one.name, one.intoto.type]))
    return policy.spec.validations.every(
      ({ expression }) => (cel.evaluate(expression, { images, attestors, attestations }) as unknown) === true,
    )
  }
  const good = image('ours', ours)
  if (!isLetIn({ containers: [good] })) yield `${name} refuses what is signed`
  for (const stranger of strangers) {
    const said = stranger.key ?? `${stranger.subject} by ${stranger.issuer}`
    if (isLetIn({ containers: [image('a stranger’s', stranger, ours)] })) yield `${name} takes a signature of ${said}`
    if (isBilled && isLetIn({ containers: [image('ours', ours, stranger)] }))
      yield `${name} takes a bill of materials of ${said}`
  }
  const unsigned = { name: 'none', bill: { ...ours, type: BILL } }
  const unbilled = { name: 'ours', signed: ours }
  for (const place of ['containers', 'initContainers', 'ephemeralContainers'] as const) {
    const isTaken = (one: Image) =>
      isLetIn({ containers: [good], [place]: place === 'containers' ? [good, one] : [one] })
    if (isTaken(unsigned)) yield `${name} takes what nobody signed among ${place}`
    if (isBilled && isTaken(unbilled)) yield `${name} takes what has no bill of materials among ${place}`
  }
  if (isBilled && isLetIn({ containers: [image('ours', ours, ours, 'https://slsa.dev/provenance/v1')] }))
    yield `${name} takes another paper for a bill of materials`
}

/** As cosign compares: expressions find, and are not anchored by themselves. */
function isBy(signer: Signer | undefined, { cosign: { keyless, key } }: Attestor): boolean {
  if (signer === undefined) return false
  if (signer.key !== undefined) return signer.key === key?.kms
  const matches = (value = '', exact?: string, pattern?: string) =>
    exact === undefined ? pattern !== undefined && new RegExp(pattern).test(value) : exact === value
  return (keyless?.identities ?? []).some(
    (one) =>
      matches(signer.issuer, one.issuer, one.issuerRegExp) && matches(signer.subject, one.subject, one.subjectRegExp),
  )
}

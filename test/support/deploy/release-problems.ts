import { parse } from 'yaml'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
type Keyed = Readonly<Record<string, unknown>>

/** What each job runs, whatever else it does: each is a gate, and fails the job by itself. */
const GATES: Readonly<Record<string, readonly string[]>> = {
  check: [
    'infra/terraform/lock.sh --check',
    'npm ci --no-audit --no-fund',
    'npm audit signatures',
    'npm audit --omit=dev --audit-level=high',
    'npm test',
    'npm run cases',
    '(cd infra/terraform/tests && npm ci --ignore-scripts --no-audit --no-fund) && deploy/chart/verify.sh',
  ],
  kills: ['npx vitest run --project heavy test/chaos/crash.test.ts'],
  image: [
    'node tools/licences.ts sbom.cdx.json',
    'cosign sign --yes "$IMAGE@$DIGEST"',
    'cosign attest --yes --type cyclonedx --predicate sbom.cdx.json "$IMAGE@$DIGEST"',
  ],
}
/** What may be said, and by whom: whatever else is said lets something through, or nobody has judged it. */
const FILE = ['name', 'on', 'permissions', 'concurrency', 'jobs']
const JOB = ['runs-on', 'timeout-minutes', 'permissions', 'steps', 'needs', 'env']
const STEP = ['uses', 'run', 'with', 'id', 'name', 'env']
const ACTIONS = [
  'actions/checkout',
  'actions/setup-node',
  'docker/setup-buildx-action',
  'docker/login-action',
  'sigstore/cosign-installer',
  'docker/build-push-action',
]
const BUILD = ['context', 'target', 'platforms', 'build-args', 'outputs', 'provenance', 'sbom']
const RUN = [
  '--network none',
  '--read-only',
  '--cap-drop all',
  '--security-opt no-new-privileges',
  '--user 65532:65532',
]

/** What a workflow of releases lets through that it is to stop, each in a sentence. */
export function releaseProblems(text: string): string[] {
  const file = parse(text) as Keyed & { readonly jobs: Readonly<Record<string, Keyed>> }
  const problems = unknown('the file', file, FILE)
  if (JSON.stringify(file['on']) !== '{"push":{"tags":["v[0-9]+.[0-9]+.[0-9]+"]}}')
    problems.push('it is started by something else than the tag of a version')
  for (const [name, gates] of Object.entries(GATES)) {
    const job = file.jobs[name] ?? {}
    const steps = (job['steps'] ?? []) as readonly (Step & Keyed)[]
    problems.push(...unknown(name, job, JOB), ...steps.flatMap((step, i) => unknown(`${name}, step ${i}`, step, STEP)))
    const lines = steps.flatMap(({ run = '' }) => run.replaceAll('\\\n', ' ').split('\n')).map((line) => line.trim())
    for (const gate of gates) if (!lines.includes(gate)) problems.push(`${name} does not run ${gate}`)
    for (const line of lines)
      if (/\|\||set \+e|--no-verify|--force|insecure/.test(line))
        problems.push(`${name} goes on whatever ${line} finds`)
    for (const { uses = '', with: given = {} } of steps) {
      if (uses !== '' && !ACTIONS.includes(uses.split('@')[0] ?? '')) problems.push(`${name} uses ${uses}`)
      if (uses.startsWith('docker/build-push-action@')) problems.push(...builtProblems(given))
    }
    if (name === 'image')
      for (const option of RUN)
        if (!lines.some((line) => line.startsWith('docker run') && line.includes(option)))
          problems.push(`what was pushed is not run with ${option}`)
  }
  const others = Object.keys(file.jobs).filter((name) => !(name in GATES))
  return [...problems, ...others.map((name) => `${name} is a job that nothing here knows`)]
}

function builtProblems(given: Keyed): string[] {
  const problems = unknown('the build', given, BUILD)
  if (given['context'] !== '.' || given['target'] !== 'credence') problems.push('something else is built')
  if (given['provenance'] !== 'mode=max' || given['sbom'] !== true) problems.push('what is built is not attested')
  if (!/push-by-digest=true.*rewrite-timestamp=true/.test(String(given['outputs'])))
    problems.push('what is built is pushed by a tag, or with the hours of its build')
  return problems
}

function unknown(what: string, said: Keyed, known: readonly string[]): string[] {
  return Object.keys(said)
    .filter((key) => !known.includes(key))
    .map((key) => `${what} says ${key}`)
}

import { isAppError } from '#core/errors.ts'
import type { Config } from '../config/load.ts'
import { verifyAuditLog } from './audit.ts'
import { certifiedDatasets } from './certified.ts'
import { suggestedRecalls } from './memories.ts'
import type { CheckedPart } from '../run-checks.ts'
import type { SigningSystem } from '../system.ts'
import { SIGNING } from '#services/encrypt/keys/record.ts'
import { keysStatus, type KeysStatus } from '#services/encrypt/keys/status.ts'

/**
 * A question about how a team protects its training data; steps are ordered, 1 comes first. `people`: no program can answer it.
 */
export interface Question {
  readonly step: 1 | 2 | 3
  readonly asks: string
  /** What to do if the answer is no. */
  readonly fix: string
  readonly answer: ((facts: Facts) => Answer | Promise<Answer>) | 'people'
}

/** `no` with what is wrong; `yes` with what was found. */
export interface Answer {
  readonly yes: boolean
  readonly says: string
}

export interface Facts {
  readonly system: SigningSystem
  readonly config: Config
  readonly keys: KeysStatus
  /** The check lines of each configured part, from the cloud or the folder. */
  readonly parts: readonly CheckedPart[]
  readonly now: Date
}

/** Days after which a key counts as old; below, days after which a held record has waited too long. */
export const KEY_DAYS = 100
const HELD_DAYS = 7
/** Lines of the store's check that say whether it keeps deleted objects. */
const RETENTION = /^(?:object lock|immutability|retention)$/
const DAY_MS = 24 * 3600_000

const answer = (yes: boolean, says: string): Answer => ({ yes, says })
const listed = (names: readonly string[], none: string) => (names.length === 0 ? none : names.join(', '))

/** The maturity checklist: `credence playbook check` answers it, and docs/playbook/checklist.md is generated from it. */
export const QUESTIONS: Readonly<Record<string, Question>> = {
  production: {
    step: 1,
    asks: 'Does the production profile refuse whatever is meant for emulators?',
    fix: 'set `profile: production`',
    answer: ({ config }) => answer(config.profile === 'production', `profile: ${config.profile}`),
  },
  'managed-keys': {
    step: 1,
    asks: 'Does a key service wrap the epoch keys?',
    fix: 'name `keys.awskms`, `keys.keyvault` or `keys.gcpkms`',
    answer: ({ system }) => {
      const services = system.keys.keyrings.map(({ provider }) => provider)
      return answer(!services.includes('local'), services.join(', '))
    },
  },
  'parts-well': {
    step: 1,
    asks: 'Do catalog, store, keys, sources and sinks answer, with each permission, and does none of them say that it is public?',
    fix: '`credence check` says what is wrong of which part, and how to mend it; run it as each identity',
    answer: ({ parts }) => {
      const lines = parts.flatMap(({ part, lines }) => lines.map((line) => ({ part, ...line })))
      const wrong = lines.filter(({ state }) => state === 'failed' || state === 'warn')
      const open = lines.filter(({ state }) => state === 'unknown').length
      const well = `${lines.length - open} answers are well${open === 0 ? '' : `, ${open} could not be found out`}`
      return answer(
        wrong.length === 0,
        listed(
          wrong.map(({ part, what }) => `${part}: ${what}`),
          well,
        ),
      )
    },
  },
  contributors: {
    step: 1,
    asks: 'Does every contract name the contributor?',
    fix: 'name the field in the contract: `contributor: …`, or take it from the stream',
    answer: ({ system, config }) => {
      const without = [...system.contracts].filter(([name, { contract }]) => {
        const source = config.datasets[name]?.source ?? {}
        return contract.contributor === undefined && !Object.values(source).some(hasContributor)
      })
      return answer(
        without.length === 0,
        listed(
          without.map(([name]) => name),
          'every dataset has one',
        ),
      )
    },
  },
  'log-whole': {
    step: 1,
    asks: 'Is the audit log whole, signed to its end, and at one with the chains?',
    fix: '`credence audit verify` names each problem; see docs/playbook/incidents/chain-cut.md',
    answer: async ({ system }) => {
      const { problems, entries, certifiedTo } = await verifyAuditLog(system)
      const says = problems[0]?.message ?? `${certifiedTo} of ${entries} entries signed for`
      return answer(problems.length === 0, says)
    },
  },
  'nothing-waits': {
    step: 1,
    asks: `Was everything that is held decided on within ${HELD_DAYS} days?`,
    fix: '`credence quarantine list`, or the queue of the console',
    answer: async ({ system, now }) => {
      const since = now.getTime() - HELD_DAYS * DAY_MS
      let waiting = 0
      for (const window of await system.catalog.windows.list({ state: 'committed' })) {
        if (window.stagedAt.getTime() > since) continue
        waiting += await system.catalog.flagged.count({ window: window.id, standing: 'quarantined' })
      }
      return answer(waiting === 0, `${waiting} waiting longer`)
    },
  },
  'heads-elsewhere': {
    step: 1,
    asks: 'Are the heads of chains and log kept where this installation cannot write?',
    fix: 'keep the last lines of `credence verify` and `credence audit verify` elsewhere, each day',
    answer: 'people',
  },
  'on-call': {
    step: 1,
    asks: 'Does somebody answer alerts, who has read the incident playbooks?',
    fix: 'name the person and a deputy; hold a tabletop exercise',
    answer: 'people',
  },
  'key-age': {
    step: 2,
    asks: `Are all keys that wrap and sign younger than ${KEY_DAYS} days?`,
    fix: '`credence keys rotate`, `credence keys rotate --signing`',
    answer: ({ keys }) => {
      const wrapping = keys.versions
        .filter(({ current, ageDays }) => current && ageDays !== null && ageDays > KEY_DAYS)
        .map(({ provider, version, ageDays }) => `${provider} version ${version}: ${ageDays} days`)
      const signing = keys.epochs
        .filter(({ dataset, current, ageDays }) => dataset === SIGNING && current && ageDays > KEY_DAYS)
        .map(({ kid, ageDays }) => `signing key ${kid}: ${ageDays} days`)
      return answer(wrapping.length + signing.length === 0, listed([...wrapping, ...signing], 'none is older'))
    },
  },
  'old-versions': {
    step: 2,
    asks: 'Is every version that nothing depends on retired?',
    fix: '`credence keys retire <version>`',
    answer: ({ keys }) => {
      const open = keys.versions.filter(({ retirable }) => retirable)
      return answer(
        open.length === 0,
        listed(
          open.map(({ version }) => `version ${version}`),
          'none is left',
        ),
      )
    },
  },
  retention: {
    step: 2,
    asks: 'Does the store refuse to delete records and manifests for some days, and say so itself?',
    fix: 'set `objectLock`, `immutabilityDays` or `retentionDays` of the store, and mend what `credence check` says of it',
    answer: ({ config, parts }) => {
      const settings = Object.assign({}, ...Object.values(config.store ?? {})) as Record<string, unknown>
      const set = ['objectLock', 'immutabilityDays', 'retentionDays'].filter((name) => settings[name] !== undefined)
      if (set.length === 0)
        return answer(false, config.store === undefined ? 'files in the data folder' : 'no retention')
      const said = parts.flatMap(({ lines }) => lines.filter(({ what }) => RETENTION.test(what)))
      const not = said.find(({ state }) => state !== 'ok')
      return answer(said.length > 0 && not === undefined, (not ?? said[0])?.says ?? 'the store says nothing of it')
    },
  },
  'sign-in': {
    step: 2,
    asks: 'Do reviewers sign in at a provider of identities, with a second factor for what is dangerous?',
    fix: 'set `console.openid` and its `stepUp`',
    answer: ({ config }) => {
      const openid = config.console?.openid
      return answer(openid?.stepUp !== undefined, openid === undefined ? 'links alone' : `openid: ${openid.issuer}`)
    },
  },
  'two-people': {
    step: 2,
    asks: 'Do large releases wait for a second person?',
    fix: 'set `console.releaseAlone`; with `console.openid` it is 20',
    answer: ({ config }) => {
      const limit = config.console?.releaseAlone ?? (config.console?.openid === undefined ? null : 20)
      return answer(limit !== null, limit === null ? 'no limit' : `above ${limit} records`)
    },
  },
  watched: {
    step: 2,
    asks: 'Are metrics and health served for alerts?',
    fix: 'set `http`, and load deploy/alerts.yaml into Prometheus',
    answer: ({ config }) => answer(config.http !== undefined, config.http === undefined ? 'not served' : 'served'),
  },
  certified: {
    step: 2,
    asks: 'Is every dataset judged against its own clean history?',
    fix: 'three clean windows teach it; `memory: false` keeps it from learning',
    answer: async ({ system, config }) => {
      const certified = new Set(await certifiedDatasets(system))
      const not = Object.keys(config.datasets).filter((name) => !certified.has(name))
      return answer(not.length === 0, listed(not, 'all of them'))
    },
  },
  'recalls-suggested': {
    step: 2,
    asks: 'Was every recall that the memory suggests decided on?',
    fix: '`credence recall list --suggested`',
    answer: async ({ system, config }) => {
      let open = 0
      for (const name of Object.keys(config.datasets)) open += (await suggestedRecalls(system, name)).length
      return answer(open === 0, `${open} suggested`)
    },
  },
  'private-network': {
    step: 2,
    asks: 'Are store, keys, streams and database reached by private endpoints alone?',
    fix: 'use the Terraform modules; `credence check` as each identity says what is public',
    answer: 'people',
  },
  'restore-rehearsed': {
    step: 2,
    asks: 'Was a restore into an empty bucket and database rehearsed within a year?',
    fix: 'docs/operations.md, backup and restore',
    answer: 'people',
  },
  leavers: {
    step: 2,
    asks: 'Was the signing key rotated when the last person left who could unwrap it?',
    fix: '`credence keys rotate --signing`; see docs/playbook/people.md',
    answer: 'people',
  },
  'two-services': {
    step: 3,
    asks: 'Do two key services wrap every epoch key?',
    fix: 'name a second service in `keys`, then `credence keys rewrap`',
    answer: ({ system, keys }) => {
      const services = new Set(system.keys.keyrings.map(({ provider }) => provider))
      const lacking = keys.epochs.filter(
        ({ state, wraps }) =>
          state === 'active' && [...services].some((one) => !wraps.some((wrap) => wrap.provider === one)),
      )
      const says = services.size < 2 ? `${[...services].join(', ')} alone` : `${lacking.length} epochs lack a wrap`
      return answer(services.size > 1 && lacking.length === 0, says)
    },
  },
  'no-password': {
    step: 3,
    asks: 'Does every process sign in to the catalog as itself, without a password?',
    fix: 'set `catalog.identity`',
    answer: ({ config: { catalog } }) =>
      answer(
        catalog?.identity !== undefined,
        catalog === undefined ? 'the data folder' : (catalog.identity ?? 'a password'),
      ),
  },
  federations: {
    step: 3,
    asks: 'Does every federation ask clients for certificates, and judge updates or add noise?',
    fix: 'set `listen.clients`, and `aggregate: judged`, `sketch` or `privacy`',
    answer: ({ config }) => {
      const open = Object.entries(config.federations).filter(
        ([, { listen, aggregate, sketch, privacy }]) =>
          listen.clients === undefined || (aggregate === 'masked' && sketch === undefined && privacy === undefined),
      )
      return answer(
        open.length === 0,
        listed(
          open.map(([name]) => name),
          'none is open',
        ),
      )
    },
  },
  'images-signed': {
    step: 3,
    asks: 'Does the cluster refuse images that are not signed by the release?',
    fix: 'deploy/policies/images.yaml',
    answer: 'people',
  },
  exercise: {
    step: 3,
    asks: 'Was a tabletop exercise held within a year, and its findings mended?',
    fix: 'docs/playbook/tabletop.md',
    answer: 'people',
  },
  'models-keep-heads': {
    step: 3,
    asks: 'Does every model in use name the head of the chain that it was trained on?',
    fix: 'keep `passport.head` with the model: docs/training.md',
    answer: 'people',
  },
}

/** A question of the checklist with its answer. */
export interface Checked {
  readonly id: string
  readonly step: Question['step']
  readonly asks: string
  readonly answer: 'yes' | 'no' | 'people'
  readonly says: string
  /** What to do; null if the answer is yes. */
  readonly fix: string | null
}

/**
 * Answers the questions from configuration, catalog, store and `parts` (the results of the cloud checks), and lists the rest for
 * people. Changes nothing. Throws what the system does.
 */
export async function checkReadiness(
  system: SigningSystem,
  parts: readonly CheckedPart[],
  now = new Date(),
): Promise<Checked[]> {
  const keys = await keysStatus({ keys: system.keys, store: system.store, now: () => now })
  const facts = { system, config: system.config, keys, parts, now }
  const checked: Checked[] = []
  for (const [id, { step, asks, fix, answer }] of Object.entries(QUESTIONS)) {
    if (answer === 'people') {
      checked.push({ id, step, asks, answer, says: 'people answer', fix })
      continue
    }
    const { yes, says } = await answered(answer, facts)
    checked.push({ id, step, asks, answer: yes ? 'yes' : 'no', says, fix: yes ? null : fix })
  }
  return checked
}

/** Damaged or missing data counts as an answer; an unavailable service does not, and its error is thrown. */
async function answered(answer: Exclude<Question['answer'], 'people'>, facts: Facts): Promise<Answer> {
  try {
    return await answer(facts)
  } catch (error) {
    if (isAppError(error, 'corrupt') || isAppError(error, 'not_found')) return { yes: false, says: error.message }
    throw error
  }
}

function hasContributor(source: unknown): boolean {
  return typeof source === 'object' && source !== null && 'contributor' in source && source.contributor !== undefined
}

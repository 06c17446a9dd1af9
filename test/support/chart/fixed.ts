import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifestsOf, type Manifest } from './manifests.ts'
import { CHART, VALUE_SETS } from './render.ts'

/** What the rule `rendering-fixed.rego` knows: for each kind of object, what may be said where. */
export const FIXED = join(CHART, '../policies/rendering-fixed.json')

/**
 * What an operator chooses by values (`deploy/chart/values.yaml`), and what follows from it: rules of its own are about that. Kind and
 * place, where `*` is any place of a list.
 */
const CHOSEN = [
  /^ConfigMap\.data\./,
  /^SecretStore\.spec\.provider\./,
  /^ExternalSecret\.spec\.(refreshInterval$|data\.|target\.template\.data\.)/,
  /^Certificate\.spec\.(issuerRef|duration|renewBefore|uris|commonName)/,
  /^(CronJob\.spec\.schedule|Deployment\.spec\.replicas|PriorityClass\.value)$/,
  /^ScaledObject\.spec\.(minReplicaCount|maxReplicaCount|fallback\.replicas|triggers\.\*\.metadata\.)/,
  /^ServiceMonitor\.spec\.endpoints\.\*\.interval$/,
  /^NetworkPolicy\.(metadata\.name$|spec\.(egress|ingress)\.\*\.(to|from|ports)\.\*\.(ipBlock\.cidr|port|namespaceSelector|podSelector))/,
  /\.containers\.\*\.(image$|imagePullPolicy$|resources\.|env\.\*\.(name|value|valueFrom\.secretKeyRef\.\w+)$)/,
  /\.spec\.(serviceAccountName|nodeSelector\..*|imagePullSecrets\.\*\.name|tolerations\.\*\.\w+)$/,
  /\.topologySpreadConstraints\.\*\.whenUnsatisfiable$/,
  /\.volumes\.\*\.secret\.secretName$/,
  /^ServiceAccount\.metadata\.name$/,
  /^ServiceAccount\.metadata\.annotations\./,
  /^(Deployment|CronJob|Job)\.spec\..*metadata\.(labels|annotations)\./,
  /^(PrometheusRule|ServiceMonitor|ConfigMap)\.metadata\.labels\./,
  /^\w+\.metadata\.labels\.(app\.kubernetes\.io\/version|helm\.sh\/chart)$/,
]

/** Labels and annotations that are the chart's own. */
const OWN =
  /metadata\.(labels\.app\.kubernetes\.io\/(name|instance|component|managed-by)|annotations\.helm\.sh\/hook.*)$/

interface Place {
  /** Every object of the kind says something there. */
  readonly always: boolean
  readonly values: readonly string[]
}
type Places = Readonly<Record<string, Place>>

/** What every rendering that is kept says and no value changes, by kind and place. */
export function fixed(sets = Object.keys(VALUE_SETS)): Readonly<Record<string, Places>> {
  const kinds = Map.groupBy(sets.flatMap(manifestsOf), ({ kind }) => kind)
  return Object.fromEntries(sorted(kinds).map(([kind, objects]) => [kind, placesOfAll(kind, objects)]))
}

function placesOfAll(kind: string, objects: readonly Manifest[]): Places {
  const found = objects.flatMap((object) =>
    [...placesOf(object)].map(
      ([place, values]) => [place, values.flatMap((value) => spellings(place, value, object))] as const,
    ),
  )
  const places = Map.groupBy(found, ([place]) => place)
  return Object.fromEntries(
    sorted(places)
      .filter(([place]) => OWN.test(place) || !CHOSEN.some((chosen) => chosen.test(`${kind}.${place}`)))
      .map(([place, all]) => {
        const values = [...new Set(all.flatMap(([, one]) => one))].toSorted()
        return [place, { always: all.length === objects.length, values }]
      }),
  )
}

/** Every place of an object at which a value stands, and the values that stand there. */
function placesOf(object: Manifest): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const walk = (value: unknown, at: readonly string[]): void => {
    if (typeof value !== 'object' || value === null) {
      const place = at.join('.')
      found.set(place, [...(found.get(place) ?? []), String(value)])
    } else if (Array.isArray(value)) for (const one of value) walk(one, [...at, '*'])
    else for (const [key, one] of Object.entries(value)) walk(one, [...at, key])
  }
  walk(object, [])
  return found
}

/** As rules call it: by the release and the service that it is of. */
function spellings(place: string, value: string, { metadata: { labels = {} } }: Manifest): string[] {
  const release = labels['app.kubernetes.io/instance'] ?? ''
  const called = value
    .replace(new RegExp(`^${release}(?=-|$)`), '{release}')
    .replaceAll(labels['app.kubernetes.io/component'] ?? '\0', '{service}')
  // the chart is called as the release is that it is tried with
  if (value === release) return [called, value]
  // YAML 1.1 reads a mode as Kubernetes does, in eights
  return place.endsWith('.defaultMode') ? [value, String(Number.parseInt(value, 8))] : [called]
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

export function fixedText(): string {
  return `${JSON.stringify({ fixed: fixed(), chosen: CHOSEN.map(({ source }) => source).join('|') }, null, 1)}\n`
}

export function fixedIsCurrent(): boolean {
  return readFileSync(FIXED, 'utf8') === fixedText()
}

if (process.argv[1] === import.meta.filename) writeFileSync(FIXED, fixedText())

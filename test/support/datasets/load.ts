import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { loadBirdstrikes, loadMnist, loadSpam, parseCsv, vegaFile } from '#cli/demo/datasets.ts'
import { imagePool, tablePool, type Pool, type Row } from '#cli/demo/pool.ts'
import { loadNoisy } from './noisy.ts'
import { loadSynthetic } from './synthetic.ts'

const { resolve } = createRequire(import.meta.url)

const LOADERS: Readonly<Record<string, () => Pool>> = {
  mnist: loadMnist,
  fashion: loadFashion,
  spam: loadSpam,
  birdstrikes: () => loadBirdstrikes(),
  'birdstrikes-damage': () => loadBirdstrikes('Effect Amount of damage'),
  flights: loadFlights,
  weather: loadWeather,
  movies: loadMovies,
  penguins: loadPenguins,
  cars: loadCars,
  gapminder: loadGapminder,
  barley: loadBarley,
  iris: loadIris,
  synthetic: loadSynthetic,
  'noisy-15': () => loadNoisy(0.15, 1),
}

export const DATASETS = Object.keys(LOADERS)

const loaded = new Map<string, Pool>()

/** The dataset of that name, read once a process. Throws RangeError when there is none. */
export function loadDataset(name: string): Pool {
  const known = loaded.get(name)
  if (known !== undefined) return known
  const load = LOADERS[name]
  if (load === undefined) throw new RangeError(`no dataset \`${name}\`; there are ${DATASETS.join(', ')}`)
  const pool = load()
  loaded.set(name, pool)
  return pool
}

const CLOTHES = [
  't-shirt',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'boot',
] as const

/** Fashion-MNIST, 70,000 images of 28 × 28 (Xiao et al. 2017), from the package `fashion-mnist`. */
function loadFashion(): Pool {
  const classes = CLOTHES.map((_, c) => {
    const { data } = JSON.parse(readFileSync(resolve(`fashion-mnist/src/clothes/${c}.json`), 'utf8')) as {
      data: unknown[]
    }
    // A few entries of the package are truncated.
    const whole = (image: unknown): image is number[] =>
      Array.isArray(image) && image.length === 784 && image.every((v) => typeof v === 'number')
    return data.filter(whole)
  })
  const bytes = new Uint8Array(784 * classes.reduce((sum, images) => sum + images.length, 0))
  classes.flat().forEach((image, i) => bytes.set(image, i * 784))
  const labels = Uint8Array.from(classes.flatMap((images, c) => images.map(() => c)))
  return imagePool('fashion', [28, 28], bytes, labels, CLOTHES)
}

const json = (file: string) => JSON.parse(vegaFile(file)) as Row[]

/** Flights, 20,000 rows; whether one was late: a label that the other columns hardly explain. */
function loadFlights(): Pool {
  const rows = json('flights-20k.json').map((row) => ({ ...row, late: Number(row['delay']) > 15 ? 'late' : 'on time' }))
  return tablePool(
    'flights',
    rows,
    { date: 'time', distance: 'number', origin: 'category', destination: 'category' },
    'late',
  )
}

/** Daily weather of Seattle and New York, 2,922 rows. */
function loadWeather(): Pool {
  const numbers = { precipitation: 'number', temp_max: 'number', temp_min: 'number', wind: 'number' } as const
  return tablePool(
    'weather',
    parseCsv(vegaFile('weather.csv')),
    { location: 'category', date: 'time', ...numbers },
    'weather',
  )
}

/** 2,926 films with a genre: many values missing, labels noisy. */
function loadMovies(): Pool {
  const numbers = [
    'US Gross',
    'Worldwide Gross',
    'Production Budget',
    'Running Time min',
    'Rotten Tomatoes Rating',
    'IMDB Rating',
    'IMDB Votes',
  ]
  const categories = ['MPAA Rating', 'Distributor', 'Source', 'Creative Type']
  const columns = Object.fromEntries([
    ...numbers.map((name) => [name, 'number'] as const),
    ...categories.map((name) => [name, 'category'] as const),
  ])
  return tablePool('movies', json('movies.json'), columns, 'Major Genre')
}

/** 344 penguins (Gorman et al. 2014). */
function loadPenguins(): Pool {
  const numbers = ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)']
  const columns = Object.fromEntries([
    ...numbers.map((name) => [name, 'number'] as const),
    ['Island', 'category'] as const,
    ['Sex', 'category'] as const,
  ])
  return tablePool('penguins', json('penguins.json'), columns, 'Species')
}

/** 406 cars of 1970–1982. */
function loadCars(): Pool {
  const numbers = ['Miles_per_Gallon', 'Cylinders', 'Displacement', 'Horsepower', 'Weight_in_lbs', 'Acceleration']
  const columns = Object.fromEntries([...numbers.map((name) => [name, 'number'] as const), ['Year', 'time'] as const])
  return tablePool('cars', json('cars.json'), columns, 'Origin')
}

/** 693 countries and years; the label is the region. */
function loadGapminder(): Pool {
  const rows = json('gapminder.json').map((row) => ({ ...row, cluster: `region ${row['cluster']}` }))
  return tablePool(
    'gapminder',
    rows,
    { year: 'number', pop: 'number', life_expect: 'number', fertility: 'number' },
    'cluster',
  )
}

/** 120 harvests of barley (Immer et al. 1934); the label is the site. */
function loadBarley(): Pool {
  return tablePool('barley', json('barley.json'), { yield: 'number', variety: 'category', year: 'number' }, 'site')
}

/** 150 irises (Fisher 1936). */
function loadIris(): Pool {
  const numbers = ['sepal length', 'sepal width', 'petal length', 'petal width']
  const columns = Object.fromEntries(numbers.map((name) => [name, 'number'] as const))
  const rows = parseCsv(readFileSync(new URL('iris.csv', import.meta.url), 'utf8'))
  return tablePool('iris', rows, columns, 'species')
}

/** What every adapter of a port must do, as vitest suites: your adapters pass the same suites as ours. */
export { describeStore, type StoreSuite } from '#test/conformance/store/suite.ts'
export { describeKeyring, type KeyringSuite } from '#test/conformance/keyring/suite.ts'
export { describeSink, type SinkSuite } from '#test/conformance/sink/suite.ts'
export {
  itemText,
  sourceSuite as describeSource,
  type SourceContents,
  type SourceUnderTest,
} from '#test/conformance/source/suite.ts'
export { detectorSuite as describeDetector, type DetectorSuite } from '#test/conformance/detector/detector-suite.ts'
export {
  copies,
  flips,
  garbage,
  pairFlips,
  patches,
  pictures,
  type PlantedWindow,
} from '#test/conformance/detector/planted-windows.ts'

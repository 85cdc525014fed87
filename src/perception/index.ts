export { type OcrHealth, PlatePerception, type PlatePerceptionOptions } from './plate-perception.ts';
export {
  PlateReader,
  type PlateReaderOptions,
  type PlateReading,
  type ReadLine,
  type ReadsPlates,
} from './plate-reader.ts';

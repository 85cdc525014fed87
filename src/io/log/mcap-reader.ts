export {
  type LogMessage,
  type LogReader,
  type MessageFilter,
  type OpenLogOptions,
  openLog,
} from './drive-log.ts';

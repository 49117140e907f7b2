export type { SettingsChange as SettingsChangeView } from '../../shared/protocol.ts';

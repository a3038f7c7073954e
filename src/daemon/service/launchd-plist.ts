/** A service as a launchd property list: rendered, and read back for checks. Pure. */

import type { ServicePlan } from './plan.js';
import type { UnitContent } from './systemd-unit.js';

/** Stands in every list that is ours. */
export const LAUNCHD_MARKER = '<!-- Written by "spool daemon install", and taken away by "spool daemon uninstall". -->';

export function renderLaunchdPlist({ name, command, env, cwd, diagnostics }: ServicePlan): string {
  const args = command.map((word) => `\n    <string>${escaped(word)}</string>`).join('');
  const variables = Object.entries(env).map(([key, value]) => `\n    <key>${escaped(key)}</key>\n    <string>${escaped(value)}</string>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
${LAUNCHD_MARKER}
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${escaped(name)}</string>
  <key>ProgramArguments</key>
  <array>${args}
  </array>
  <key>EnvironmentVariables</key>
  <dict>${variables.join('')}
  </dict>
  <key>WorkingDirectory</key>
  <string>${escaped(cwd)}</string>
  <key>RunAtLoad</key>
  <true/>
  <!-- Started again when it fails, and not when it was stopped. -->
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <!-- Only the host itself is ended: Codex goes on with its turns, and the next start finds them. -->
  <key>AbandonProcessGroup</key>
  <true/>
  <key>ExitTimeOut</key>
  <integer>60</integer>
  <key>StandardOutPath</key>
  <string>/dev/null</string>
  <key>StandardErrorPath</key>
  <string>${escaped(diagnostics)}</string>
</dict>
</plist>
`;
}

/** The content of a list as `renderLaunchdPlist` writes them; undefined when it has no command. */
export function readLaunchdPlist(text: string): UnitContent | undefined {
  const inside = (key: string, tag: string): string =>
    new RegExp(`<key>${key}</key>\\s*<${tag}>([\\s\\S]*?)</${tag}>`).exec(text)?.[1] ?? '';
  const command = [...inside('ProgramArguments', 'array').matchAll(/<string>([^<]*)<\/string>/g)].map(([, word = '']) => unescaped(word));
  if (command.length === 0) return undefined;
  const pairs = [...inside('EnvironmentVariables', 'dict').matchAll(/<key>([^<]*)<\/key>\s*<string>([^<]*)<\/string>/g)];
  return { command, env: Object.fromEntries(pairs.map(([, key = '', value = '']) => [unescaped(key), unescaped(value)])) };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

function unescaped(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|apos);/g, (entity) => Object.keys(ENTITIES).find((sign) => ENTITIES[sign] === entity) ?? entity);
}

/** Units as service managers read them: the whole text, and words that mean something special to the manager. */

import { describe, expect, test } from 'vitest';
import { readLaunchdPlist, renderLaunchdPlist } from './launchd-plist.js';
import type { ServicePlan } from './plan.js';
import { readSystemdUnit, renderSystemdUnit } from './systemd-unit.js';

const PLAN: ServicePlan = {
  name: 'spool',
  command: ['/usr/bin/node', '/srv/spool/dist/cli/main.js', 'serve', '--port', '4319'],
  env: { PATH: '/usr/local/bin:/usr/bin', SPOOL_CODEX_BIN: '/usr/local/bin/codex' },
  cwd: '/home/me',
  diagnostics: '/home/me/.local/state/spool/diagnostics',
};

const ODD = `/srv/my "own" folder\\new/100%/$HOME/it's <a> & b`;
const ODD_PLAN: ServicePlan = {
  ...PLAN,
  command: ['/srv/100%/$HOME/my node', `${ODD}/main.js`, 'serve', '$$x'],
  env: { SPOOL_HOME: ODD, PATH: '%h' },
};

describe('for systemd', () => {
  test('the unit names every path, and leaves Codex alone when the host is ended', () => {
    expect(renderSystemdUnit(PLAN)).toBe(`# Written by "spool daemon install", and taken away by "spool daemon uninstall".
# What you want otherwise goes into a drop-in (systemctl --user edit), which is left alone when this is written anew.

[Unit]
Description=Spool, a host for coding agents

[Service]
Type=exec
ExecStart="/usr/bin/node" "/srv/spool/dist/cli/main.js" "serve" "--port" "4319"
WorkingDirectory=%h
Environment="PATH=/usr/local/bin:/usr/bin"
Environment="SPOOL_CODEX_BIN=/usr/local/bin/codex"
Restart=on-failure
RestartSec=5
# Wrong flags, or a home or port that somebody else has: trying again does not help.
RestartPreventExitStatus=2 5
# Only the host itself is ended: Codex goes on with its turns, and the next start finds them.
KillMode=process
TimeoutStopSec=60

[Install]
WantedBy=default.target
`);
  });

  test('words keep their meaning: quotes, backslashes, specifiers and variables are taken literally', () => {
    const unit = renderSystemdUnit(ODD_PLAN);
    // The program itself is no place for variables, its arguments are.
    const escaped = String.raw`/srv/my \"own\" folder\\new/100%%/`;
    expect(unit).toContain(`ExecStart="/srv/100%%/$HOME/my node" "${escaped}$$HOME/it's <a> & b/main.js" "serve" "$$$$x"\n`);
    expect(unit).toContain(`Environment="SPOOL_HOME=${escaped}$HOME/it's <a> & b"\nEnvironment="PATH=%%h"\n`);
    expect(readSystemdUnit(unit)).toEqual({ command: ODD_PLAN.command, env: ODD_PLAN.env });
  });

  test('a program that systemd would refuse is refused before', () => {
    expect(() => renderSystemdUnit({ ...PLAN, command: [`${ODD}/node`] })).toThrow('systemd starts no program whose path');
  });

  test('a text without a command is no unit', () => {
    expect(readSystemdUnit('[Service]\nRestart=always\n')).toBeUndefined();
  });
});

describe('for launchd', () => {
  test('the list names every path, and leaves Codex alone when the host is ended', () => {
    expect(renderLaunchdPlist(PLAN)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by "spool daemon install", and taken away by "spool daemon uninstall". -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>spool</string>
  <key>ProgramArguments</key>
  <array>
    <string>/usr/bin/node</string>
    <string>/srv/spool/dist/cli/main.js</string>
    <string>serve</string>
    <string>--port</string>
    <string>4319</string>
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>PATH</key>
    <string>/usr/local/bin:/usr/bin</string>
    <key>SPOOL_CODEX_BIN</key>
    <string>/usr/local/bin/codex</string>
  </dict>
  <key>WorkingDirectory</key>
  <string>/home/me</string>
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
  <string>/home/me/.local/state/spool/diagnostics</string>
</dict>
</plist>
`);
  });

  test('words keep their meaning: what is special in XML is written out', () => {
    const list = renderLaunchdPlist(ODD_PLAN);
    expect(list).toContain('<string>/srv/my &quot;own&quot; folder\\new/100%/$HOME/it&apos;s &lt;a&gt; &amp; b/main.js</string>');
    expect(readLaunchdPlist(list)).toEqual({ command: ODD_PLAN.command, env: ODD_PLAN.env });
  });

  test('a text without a command is no list', () => {
    expect(readLaunchdPlist('<plist><dict></dict></plist>')).toBeUndefined();
  });
});

/**
 * The card of an agent, by which clients learn where and how it is reached. A client of version 1.0 says so when it asks; whoever says
 * nothing gets the card of version 0.3, which has the addresses of 1.0 in it too.
 */

import type { AgentCard } from '@a2a-js/sdk';
import type { PublicAgent } from './public-agents.js';

export const VERSIONS = ['1.0', '0.3'] as const;

const SCHEME = 'bearer';
const ABOUT_THE_TOKEN = 'the token of the host, or that of an agent from elsewhere';
const TEXT = ['text/plain', 'application/json'];
const IMAGES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** `url`: where the agent is reached. */
export function cardOf(agent: PublicAgent, url: string, version: string): AgentCard {
  return {
    name: agent.alias,
    description: descriptionOf(agent),
    version,
    provider: undefined,
    supportedInterfaces: [
      { url, protocolBinding: 'JSONRPC', protocolVersion: '1.0', tenant: '' },
      { url, protocolBinding: 'HTTP+JSON', protocolVersion: '1.0', tenant: '' },
      { url, protocolBinding: 'JSONRPC', protocolVersion: '0.3', tenant: '' },
    ],
    capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: false, extensions: [] },
    securitySchemes: {
      [SCHEME]: {
        scheme: { $case: 'httpAuthSecurityScheme', value: { scheme: 'Bearer', bearerFormat: '', description: ABOUT_THE_TOKEN } },
      },
    },
    securityRequirements: [{ schemes: { [SCHEME]: { list: [] } } }],
    defaultInputModes: inputModes(agent),
    defaultOutputModes: ['text/plain'],
    skills: skillsOf(agent),
    signatures: [],
  };
}

/** The same, as version 0.3 has it. */
export function oldCardOf(agent: PublicAgent, url: string, version: string): Record<string, unknown> {
  const { supportedInterfaces } = cardOf(agent, url, version);
  return {
    protocolVersion: '0.3.0',
    name: agent.alias,
    description: descriptionOf(agent),
    version,
    url,
    preferredTransport: 'JSONRPC',
    supportedInterfaces,
    capabilities: { streaming: true, pushNotifications: false },
    supportsAuthenticatedExtendedCard: false,
    securitySchemes: { [SCHEME]: { type: 'http', scheme: 'bearer', description: ABOUT_THE_TOKEN } },
    security: [{ [SCHEME]: [] }],
    defaultInputModes: inputModes(agent),
    defaultOutputModes: ['text/plain'],
    skills: skillsOf(agent).map(({ id, name, description, tags }) => ({ id, name, description, tags })),
  };
}

function descriptionOf({ alias, role }: PublicAgent): string {
  return role ?? `the agent ${alias}`;
}

function inputModes({ images }: PublicAgent): string[] {
  return images ? [...TEXT, ...IMAGES] : TEXT;
}

/** A card has at least one skill, so whoever names none is said to do what it is for. */
function skillsOf(agent: PublicAgent): AgentCard['skills'] {
  const skills = agent.skills.length === 0 ? [{ name: agent.alias, tags: [] }] : agent.skills.map((name) => ({ name, tags: [name] }));
  const more = { examples: [], inputModes: [], outputModes: [], securityRequirements: [] };
  return skills.map(({ name, tags }) => ({
    id: idOf(name),
    name,
    description: tags.length === 0 ? descriptionOf(agent) : name,
    tags,
    ...more,
  }));
}

function idOf(name: string): string {
  return name.trim().toLowerCase().replace(/\s+/g, '-');
}

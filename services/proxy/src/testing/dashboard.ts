import { readFileSync } from "node:fs";
import { workspaceRoot } from "./spawn-command.js";

/** A panel of Grafana's, as far as tests look at it. */
export interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource?: unknown;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly datasource: unknown }[];
}

/** The dashboard, see https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/. */
export interface Dashboard {
  readonly id: null;
  readonly uid?: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly DashboardPanel[];
  readonly annotations: { readonly list: readonly { readonly expr: string; readonly datasource: unknown }[] };
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
}

/** Reads the dashboard of deploy/grafana. */
export function readDashboard(): Dashboard {
  const file = `${workspaceRoot}deploy/grafana/meridian.json`;
  // A file of our own; what is not as it should be fails the tests that look at it.
  return JSON.parse(readFileSync(file, "utf8")) as Dashboard;
}

/** The PromQL of a dashboard with the values that Grafana would put in, all regions and models being chosen. */
export function filledIn(expression: string): string {
  return expression
    .replaceAll("$__rate_interval", "1m")
    .replaceAll("$job", "meridian")
    .replaceAll(/\$(region|model)/g, ".*");
}

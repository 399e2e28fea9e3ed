metadata description = 'The alerts. infra/RUNBOOK.md has a section for every name here: what it means, what to look at, what to do, what to tell users.'

param token string
param location string
param tags object

@description('Action group for alerts of severity 2 and below.')
param actionGroupId string

@description('Action group for alerts of severity 0 and 1.')
param pagerGroupId string

param componentName string
param appName string
param serviceUrl string
param namespaceName string
param recordsAccountName string
param contingencyAccountName string
param auditAccountName string
param auditReserveAccountName string

@description('Empty when uploads are not scanned.')
param scanTopicName string

param backlogThreshold int

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: namespaceName
}

resource scanTopic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: empty(scanTopicName) ? 'none' : scanTopicName
}

// Platform metrics

var busAlerts = [
  {
    name: 'dead-letters'
    description: 'A message is on a dead-letter queue, because it could not be processed or forwarded.'
    severity: 1
    metric: 'DeadletteredMessages'
    aggregation: 'Maximum'
    threshold: 0
    window: 'PT5M'
    queue: '*'
  }
  {
    name: 'dead-letters-wait'
    description: 'A dead letter has not been moved to quarantine.'
    severity: 1
    metric: 'ActiveMessages'
    aggregation: 'Minimum'
    threshold: 0
    window: 'PT15M'
    queue: 'dead-letters'
  }
  {
    name: 'backlog'
    description: 'Messages wait on a queue: it fills faster than it is processed.'
    severity: 2
    metric: 'ActiveMessages'
    aggregation: 'Minimum'
    threshold: backlogThreshold
    window: 'PT15M'
    queue: '*'
  }
  {
    name: 'audit-waits'
    description: 'Audit entries wait on the queue, because neither audit account accepts them.'
    severity: 1
    metric: 'ActiveMessages'
    aggregation: 'Minimum'
    threshold: 0
    window: 'PT15M'
    queue: 'audit-pending'
  }
  {
    name: 'throttled'
    description: 'Service Bus throttles the service, because the namespace is too small.'
    severity: 2
    metric: 'ThrottledRequests'
    aggregation: 'Total'
    threshold: 0
    window: 'PT5M'
    queue: '*'
  }
  {
    name: 'bus-errors'
    description: 'Service Bus returns server errors.'
    severity: 2
    metric: 'ServerErrors'
    aggregation: 'Total'
    threshold: 0
    window: 'PT5M'
    queue: '*'
  }
]

resource busMetricAlerts 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for alert in busAlerts: {
    name: '${alert.name}-${token}'
    location: 'global'
    tags: tags
    properties: {
      description: alert.description
      severity: alert.severity
      enabled: true
      autoMitigate: true
      scopes: [namespace.id]
      evaluationFrequency: 'PT1M'
      windowSize: alert.window
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: alert.name
            metricNamespace: 'Microsoft.ServiceBus/namespaces'
            metricName: alert.metric
            timeAggregation: alert.aggregation
            operator: 'GreaterThan'
            threshold: alert.threshold
            dimensions: [{ name: 'EntityName', operator: 'Include', values: [alert.queue] }]
          }
        ]
      }
      actions: [{ actionGroupId: alert.severity < 2 ? pagerGroupId : actionGroupId }]
    }
  }
]

// A dynamic threshold, because nights and weekends are quiet.
resource silence 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: 'no-referrals-${token}'
  location: 'global'
  tags: tags
  properties: {
    description: 'Far fewer referrals arrive than usual at this time.'
    severity: 3
    enabled: true
    autoMitigate: true
    scopes: [namespace.id]
    targetResourceType: 'Microsoft.ServiceBus/namespaces'
    targetResourceRegion: location
    evaluationFrequency: 'PT5M'
    windowSize: 'PT30M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'DynamicThresholdCriterion'
          name: 'no-referrals'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'IncomingMessages'
          timeAggregation: 'Total'
          operator: 'LessThan'
          alertSensitivity: 'Low'
          failingPeriods: { numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 4 }
          dimensions: [{ name: 'EntityName', operator: 'Include', values: ['referral-submitted'] }]
        }
      ]
    }
    actions: [{ actionGroupId: actionGroupId }]
  }
}

resource serverErrors 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: 'server-errors-${token}'
  location: 'global'
  tags: tags
  properties: {
    description: 'Requests get 5xx responses.'
    severity: 2
    enabled: true
    autoMitigate: true
    scopes: [app.id]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'server-errors'
          metricNamespace: 'Microsoft.Web/sites'
          metricName: 'Http5xx'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 20
        }
      ]
    }
    actions: [{ actionGroupId: actionGroupId }]
  }
}

var accounts = [
  { name: 'records', of: recordsAccountName }
  { name: 'contingency', of: contingencyAccountName }
  { name: 'audit', of: auditAccountName }
  { name: 'audit-reserve', of: auditReserveAccountName }
]

resource storageAvailability 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for account in accounts: {
    name: '${account.name}-storage-${token}'
    location: 'global'
    tags: tags
    properties: {
      description: 'More than one request in a thousand to the ${account.name} account fails.'
      severity: 2
      enabled: true
      autoMitigate: true
      scopes: [resourceId('Microsoft.Storage/storageAccounts', account.of)]
      evaluationFrequency: 'PT1M'
      windowSize: 'PT5M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: 'availability'
            metricNamespace: 'Microsoft.Storage/storageAccounts'
            metricName: 'Availability'
            timeAggregation: 'Average'
            operator: 'LessThan'
            threshold: json('99.9')
          }
        ]
      }
      actions: [{ actionGroupId: actionGroupId }]
    }
  }
]

var verdictAlerts = [
  {
    name: 'undelivered-verdicts'
    description: 'A verdict of the malware scanner did not reach its queue. An attachment cannot be read.'
    metric: 'DeadLetteredCount'
  }
  {
    name: 'dropped-verdicts'
    description: 'A verdict of the malware scanner is lost: it reached neither its queue nor the container for undelivered verdicts.'
    metric: 'DroppedEventCount'
  }
]

resource undeliveredVerdicts 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for alert in verdictAlerts: if (!empty(scanTopicName)) {
    name: '${alert.name}-${token}'
    location: 'global'
    tags: tags
    properties: {
      description: alert.description
      severity: 2
      enabled: true
      autoMitigate: true
      scopes: [scanTopic.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: alert.name
            metricNamespace: 'Microsoft.EventGrid/topics'
            metricName: alert.metric
            timeAggregation: 'Total'
            operator: 'GreaterThan'
            threshold: 0
          }
        ]
      }
      actions: [{ actionGroupId: actionGroupId }]
    }
  }
]

// Availability tests

var webTests = [
  { name: 'ping', path: '/_ping', what: 'The service does not respond.' }
  { name: 'ready', path: '/health/ready', what: 'The service responds, but something that it needs does not.' }
]

resource availabilityTests 'Microsoft.Insights/webtests@2022-06-15' = [
  for test in webTests: {
    name: '${test.name}-${token}'
    location: location
    tags: union(tags, { 'hidden-link:${component.id}': 'Resource' })
    kind: 'standard'
    properties: {
      SyntheticMonitorId: '${test.name}-${token}'
      Name: test.name
      Description: test.what
      Kind: 'standard'
      Enabled: true
      Frequency: 300
      Timeout: 30
      RetryEnabled: true
      // Dublin, UK South, UK West, Amsterdam, Paris
      Locations: [
        { Id: 'emea-gb-db3-azr' }
        { Id: 'emea-ru-msa-edge' }
        { Id: 'emea-se-sto-edge' }
        { Id: 'emea-nl-ams-azr' }
        { Id: 'emea-fr-pra-edge' }
      ]
      Request: { RequestUrl: '${serviceUrl}${test.path}', HttpVerb: 'GET' }
      ValidationRules: {
        ExpectedHttpStatusCode: 200
        SSLCheck: true
        SSLCertRemainingLifetimeCheck: 14
      }
    }
  }
]

resource availability 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for (test, index) in webTests: {
    name: 'unreachable-${test.name}-${token}'
    location: 'global'
    tags: union(tags, {
      'hidden-link:${component.id}': 'Resource'
      'hidden-link:${availabilityTests[index].id}': 'Resource'
    })
    properties: {
      description: test.what
      severity: 1
      enabled: true
      autoMitigate: true
      scopes: [availabilityTests[index].id, component.id]
      evaluationFrequency: 'PT1M'
      windowSize: 'PT5M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
        webTestId: availabilityTests[index].id
        componentId: component.id
        failedLocationCount: 2
      }
      actions: [{ actionGroupId: pagerGroupId }]
    }
  }
]

// The service's own metrics

// These use custom metrics and not requests, because requests are sampled. infra/RUNBOOK.md states when each alert fires and when it does not.
var logAlerts = [
  {
    name: 'intake-refused'
    description: 'A submission got a 5xx response. The sender must retry it.'
    severity: 1
    query: 'customMetrics | where name == "ereferrals.requests.failed" and customDimensions.kind == "Submitting" | summarize refused = sum(valueSum)'
    column: 'refused'
    threshold: 0
    window: 'PT5M'
    periods: 1
  }
  {
    name: 'dead-lettered'
    description: 'A message was dead-lettered and is in quarantine.'
    severity: 1
    query: 'customMetrics | where name == "ereferrals.messages.dead_lettered" | extend queue = tostring(customDimensions.queue) | summarize given_up = sum(valueSum) by queue'
    column: 'given_up'
    dimension: 'queue'
    threshold: 0
    window: 'PT5M'
    periods: 1
  }
  {
    name: 'mode-changed'
    description: 'An operator set the mode of the service, for example to read-only.'
    severity: 1
    query: 'customMetrics | where name == "ereferrals.mode.changes" | summarize changes = sum(valueSum)'
    column: 'changes'
    threshold: 0
    window: 'PT5M'
    periods: 1
  }
  {
    name: 'emergency-override'
    description: 'An operator acted without the second operator whose confirmation the action needs.'
    severity: 1
    query: 'customMetrics | where name == "ereferrals.operations.overrides" | summarize overrides = sum(valueSum)'
    column: 'overrides'
    threshold: 0
    window: 'PT5M'
    periods: 1
  }
  {
    name: 'canary-late'
    description: 'No canary referral has reached its worklist for five minutes, or no instance reports one. Other referrals are probably late too.'
    severity: 1
    query: 'customMetrics | where name == "ereferrals.canary.age" | summarize age = min(valueMin), reports = count() | project age = iff(reports == 0, 86400.0, age)'
    column: 'age'
    threshold: 300
    window: 'PT5M'
    periods: 1
  }
  {
    name: 'slow-path'
    description: 'A referral waited more than a minute between acceptance and worklist.'
    severity: 2
    query: 'customMetrics | where name == "ereferrals.accept_to_visible" | summarize oldest = max(valueMax)'
    column: 'oldest'
    threshold: 60
    window: 'PT5M'
    periods: 2
  }
  {
    name: 'reconciler-differences'
    description: 'The reconciler found differences between referrals and worklists twice in a row.'
    severity: 1
    query: 'customMetrics | where name == "ereferrals.reconciler.differences" | summarize differences = min(valueMax)'
    column: 'differences'
    threshold: 0
    window: 'PT15M'
    periods: 2
  }
  {
    name: 'shedding'
    description: 'The service sheds requests, because it is overloaded.'
    severity: 2
    query: 'customMetrics | where name == "ereferrals.requests.shed" | summarize turned_away = sum(valueSum)'
    column: 'turned_away'
    threshold: 100
    window: 'PT10M'
    periods: 1
  }
  {
    name: 'access-refused'
    description: 'A storage account refuses access: a role is missing, or the network rules block the service.'
    severity: 2
    query: 'customMetrics | where name == "ereferrals.storage.refusals" | extend store = tostring(customDimensions.store) | summarize refused = sum(valueSum) by store'
    column: 'refused'
    dimension: 'store'
    threshold: 0
    window: 'PT5M'
    periods: 2
  }
  {
    name: 'failed-work'
    description: 'A queue function failed, or a part of a timer function (packs, reconciliation, safety net) was not completed.'
    severity: 2
    query: 'customMetrics | where name == "ereferrals.work.failed" | extend function = tostring(customDimensions.function) | summarize failures = sum(valueSum) by function'
    column: 'failures'
    dimension: 'function'
    threshold: 0
    window: 'PT15M'
    periods: 1
  }
]

var scanAlerts = empty(scanTopicName)
  ? []
  : [
      {
        name: 'no-verdicts'
        description: 'Attachments have waited for half an hour without any verdict of the malware scanner since.'
        severity: 2
        // A verdict counts two minutes later than it came: instances report once a minute, so that an upload may seem later than its verdict.
        query: 'customMetrics | where name in ("ereferrals.attachments.uploaded", "ereferrals.attachments.scanned") | extend at = iff(name endswith "scanned", timestamp + 2m, timestamp) | order by at desc | extend verdicts_since = row_cumsum(iff(name endswith "scanned", valueSum, 0.0)) | where name endswith "uploaded" and verdicts_since == 0.0 and at < ago(30m) | summarize waiting = sum(valueSum)'
        column: 'waiting'
        threshold: 0
        window: 'PT1H'
        periods: 1
      }
    ]

resource logRules 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for alert in concat(logAlerts, scanAlerts): {
    name: '${alert.name}-${token}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: alert.name
      description: alert.description
      severity: alert.severity
      enabled: true
      autoMitigate: true
      scopes: [component.id]
      evaluationFrequency: 'PT5M'
      windowSize: alert.window
      criteria: {
        allOf: [
          {
            query: alert.query
            metricMeasureColumn: alert.column
            timeAggregation: 'Maximum'
            operator: 'GreaterThan'
            dimensions: contains(alert, 'dimension')
              ? [{ name: alert.?dimension, operator: 'Include', values: ['*'] }]
              : []
            threshold: alert.threshold
            failingPeriods: { numberOfEvaluationPeriods: alert.periods, minFailingPeriodsToAlert: alert.periods }
          }
        ]
      }
      actions: { actionGroups: [alert.severity < 2 ? pagerGroupId : actionGroupId] }
    }
  }
]

// Application Insights creates this rule itself, with its own receivers. Declaring it under the same name gives it our receivers.
resource anomalies 'Microsoft.AlertsManagement/smartDetectorAlertRules@2021-04-01' = {
  name: 'Failure Anomalies - ${componentName}'
  location: 'global'
  tags: tags
  properties: {
    description: 'The rate of failed requests is unusually high.'
    state: 'Enabled'
    severity: 'Sev3'
    frequency: 'PT1M'
    detector: { id: 'FailureAnomaliesDetector' }
    scope: [component.id]
    actionGroups: { groupIds: [actionGroupId] }
  }
}

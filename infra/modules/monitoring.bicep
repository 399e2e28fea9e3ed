metadata description = 'Logs, Application Insights (Entra only), and who is told.'

param token string
param location string
param tags object
param retentionDays int
param dailyCapGB int
param alertEmail string

@secure()
param pagerWebhook string

param publisherPrincipalId string

var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'
var logAnalyticsDataReader = '3b03c2da-16b3-4a49-8834-0f8130efdd3b'
var owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'
var mailboxes = empty(alertEmail) ? [] : [{ name: 'mailbox', emailAddress: alertEmail, useCommonAlertSchema: true }]
var owners = [{ name: 'owners', roleId: owner, useCommonAlertSchema: true }]

module workspace 'workspace.bicep' = {
  name: 'workspace'
  params: {
    name: 'log-${token}'
    location: location
    tags: tags
    retentionDays: retentionDays
    dailyCapGB: dailyCapGB
    transformationRuleId: ''
  }
}

// Drops the reads by the service, which polls its shared documents every few seconds. Keeps the reads by people, and by links, whoever signed them.
resource ownReads 'Microsoft.Insights/dataCollectionRules@2024-03-11' = {
  name: 'dcr-own-reads-${token}'
  location: location
  tags: tags
  kind: 'WorkspaceTransforms'
  properties: {
    destinations: { logAnalytics: [{ name: 'workspace', workspaceResourceId: workspace.outputs.id }] }
    dataFlows: [
      {
        streams: ['Microsoft-Table-StorageBlobLogs']
        destinations: ['workspace']
        transformKql: 'source | where Category != "StorageRead" or RequesterObjectId != "${publisherPrincipalId}" or AuthenticationType != "OAuth"'
      }
    ]
  }
}

// The rule needs the workspace, and the workspace needs the rule, so the workspace is deployed twice.
module workspaceWithRule 'workspace.bicep' = {
  name: 'workspace-with-rule'
  params: {
    name: 'log-${token}'
    location: location
    tags: tags
    retentionDays: retentionDays
    dailyCapGB: dailyCapGB
    transformationRuleId: ownReads.id
  }
}

resource readLog 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: 'log-${token}'
}

// The service copies the reads of packs by links into its audit trail. It may read this one table, and no other log.
resource readLogReader 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(readLog.id, publisherPrincipalId, logAnalyticsDataReader)
  scope: readLog
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', logAnalyticsDataReader)
    principalId: publisherPrincipalId
    principalType: 'ServicePrincipal'
    condition: '((!(ActionMatches{\'Microsoft.OperationalInsights/workspaces/tables/data/read\'})) OR (@Resource[Microsoft.OperationalInsights/workspaces/tables:name] StringEquals \'StorageBlobLogs\'))'
    conditionVersion: '2.0'
  }
  dependsOn: [workspaceWithRule]
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.outputs.id
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
    DisableIpMasking: false
  }
}

resource publisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(component.id, publisherPrincipalId, monitoringMetricsPublisher)
  scope: component
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
    principalId: publisherPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// Severity 2 and below: dealt with in working hours.
resource mailGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-mail-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'erefmail'
    enabled: true
    emailReceivers: mailboxes
    armRoleReceivers: owners
  }
}

// Severity 0 and 1: pages the operator on call.
resource pagerGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-pager-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'erefpager'
    enabled: true
    emailReceivers: mailboxes
    armRoleReceivers: owners
    webhookReceivers: empty(pagerWebhook)
      ? []
      : [{ name: 'pager', serviceUri: pagerWebhook, useCommonAlertSchema: true }]
  }
}

output workspaceId string = workspaceWithRule.outputs.id
output workspaceCustomerId string = workspaceWithRule.outputs.customerId
output componentName string = component.name
output actionGroupId string = mailGroup.id
output pagerGroupId string = pagerGroup.id

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
var owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'
var mailboxes = empty(alertEmail) ? [] : [{ name: 'mailbox', emailAddress: alertEmail, useCommonAlertSchema: true }]
var owners = [{ name: 'owners', roleId: owner, useCommonAlertSchema: true }]

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-${token}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGB }
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
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

// Severity 2 and below: read in the morning.
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

// Severity 0 and 1: somebody is woken.
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

output workspaceId string = workspace.id
output componentName string = component.name
output actionGroupId string = mailGroup.id
output pagerGroupId string = pagerGroup.id

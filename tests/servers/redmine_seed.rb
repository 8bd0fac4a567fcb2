# Fills a fresh Redmine: a project, its custom fields, customers and an agent.
# Writes an API key a line as NAME=KEY to the file SEED_OUT.
Redmine::DefaultData::Loader.load('en')
Setting.rest_api_enabled = '1'
Setting.attachment_max_size = '30720'
Setting.default_language = 'en'
# Nothing is mailed: there is no mail server here.
Setting.notified_events = []

fields = {
  'External-ID' => ['string', []],
  'Product' => ['string', []],
  'Escalated' => ['bool', []],
  'Severity' => ['list', %w[low normal high urgent critical]],
  'Close-Reason' => ['string', []]
}.map do |name, (format, choices)|
  IssueCustomField.create!(name: name, field_format: format, possible_values: choices,
                           is_filter: true, visible: true, trackers: Tracker.all.to_a)
end

projects = { 'support' => fields, 'plain' => [] }.map do |name, given|
  Project.create!(name: name, identifier: name, is_public: false,
                  trackers: Tracker.all.to_a, issue_custom_fields: given,
                  enabled_module_names: %w[issue_tracking])
end

# A support desk's customer: opens and edits what is theirs, and goes every way.
manager = Role.find_by_name!('Manager')
customer = Role.create!(
  name: 'Customer', issues_visibility: 'all', users_visibility: 'all',
  permissions: %i[view_issues add_issues edit_own_issues add_issue_notes]
)
WorkflowTransition.where(role_id: manager.id).find_each do |way|
  WorkflowTransition.create!(role_id: customer.id, tracker_id: way.tracker_id,
                             old_status_id: way.old_status_id,
                             new_status_id: way.new_status_id)
end

roles = { 'agent' => manager, 'customer' => customer, 'colleague' => customer,
          'reporter' => Role.find_by_name!('Reporter'), 'stranger' => nil }
keys = roles.map do |name, role|
  user = User.new(firstname: name, lastname: 'Example', mail: "#{name}@example.com")
  user.login = name
  user.password = user.password_confirmation = SecureRandom.hex(16)
  user.save!
  if role
    projects.each { |each| Member.create!(project: each, principal: user, roles: [role]) }
  end
  "#{name}=#{user.api_key}"
end
File.write(ENV.fetch('SEED_OUT'), "#{keys.join("\n")}\n")

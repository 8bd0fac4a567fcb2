# A Request Tracker for one test session: private database, loopback, no mail.
# FOLDER and PORT are filled in by rt5.py.
Set($rtname, 'support.test');
Set($Organization, 'support.test');
Set($Timezone, 'UTC');
Set($WebDomain, '127.0.0.1');
Set($WebPort, PORT);
Set($WebPath, '');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, 'FOLDER/rt.sqlite3');
Set($MailCommand, 'sendmailpipe');
Set($SendmailPath, '/bin/true');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
# A token is hashed anew on every request: 0.25 s each at the default cost.
Set($BcryptCost, 4);
Set($TruncateLongAttachments, undef);
Set($DropLongAttachments, undef);
$RT::VarPath = 'FOLDER/var';
$RT::MasonDataDir = 'FOLDER/mason';
$RT::MasonSessionDir = 'FOLDER/sessions';
1;

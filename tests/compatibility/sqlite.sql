BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE bounce (
	digest BLOB NOT NULL, 
	subscriber_id INTEGER, 
	campaign_id INTEGER, 
	kind VARCHAR(16) NOT NULL, 
	at INTEGER NOT NULL, 
	CONSTRAINT pk_bounce PRIMARY KEY (digest), 
	CONSTRAINT ck_bounce_kind CHECK (kind IN ('notice', 'refused', 'soft', 'hard', 'complaint')), 
	CONSTRAINT fk_bounce_subscriber_id FOREIGN KEY(subscriber_id) REFERENCES subscriber (id) ON DELETE SET NULL, 
	CONSTRAINT fk_bounce_campaign_id FOREIGN KEY(campaign_id) REFERENCES campaign (id) ON DELETE SET NULL
)
 WITHOUT ROWID

;
INSERT INTO "bounce" VALUES(X'0101010101010101010101010101010101010101010101010101010101010101',6,1,'complaint',1767355200);
INSERT INTO "bounce" VALUES(X'0202020202020202020202020202020202020202020202020202020202020202',NULL,1,'soft',1767355201);
INSERT INTO "bounce" VALUES(X'0303030303030303030303030303030303030303030303030303030303030303',1,1,'refused',1767355202);
INSERT INTO "bounce" VALUES(X'1414141414141414141414141414141414141414141414141414141414141414',5,3,'soft',1768262400);
INSERT INTO "bounce" VALUES(X'1515151515151515151515151515151515151515151515151515151515151515',5,4,'soft',1768348800);
INSERT INTO "bounce" VALUES(X'1CFF55AA3445FC67F42EE5F893DA916F637362DAC90E00074F0B1E077E64A6B6',5,1,'soft',1767268900);
INSERT INTO "bounce" VALUES(X'9C8C98CEBE40F470956EC9D2A783E7BB5EA024ED63B9289D97823049039C4699',16,1,'refused',1767268900);
INSERT INTO "bounce" VALUES(X'CC3B56C361A00B1E89DF42534340D33CBB5C6751D188849D5BD6BE2FBBCFA885',4,1,'hard',1767268900);
CREATE TABLE campaign (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	slug TEXT NOT NULL, 
	content VARCHAR(64) NOT NULL, 
	subject TEXT NOT NULL, 
	audience TEXT DEFAULT '' NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	git_commit VARCHAR(64) DEFAULT '' NOT NULL, 
	git_clean BOOLEAN NOT NULL, 
	created_at INTEGER NOT NULL, 
	finished_at INTEGER, 
	CONSTRAINT ck_campaign_state CHECK (state IN ('sending', 'paused', 'complete', 'cancelled'))
);
INSERT INTO "campaign" VALUES(1,'001','0000000000000000000000000000000000000000000000000000000000000001','Tides, read by machines','','complete','','7cfa81f07cfa81f07cfa81f07cfa81f07cfa81f0',1,1767268800,1767268901);
INSERT INTO "campaign" VALUES(2,'2026-light','0000000000000000000000000000000000000000000000000000000000000002','Le phare — n° 2','language:fr','cancelled','cancelled by the author','7cfa81f07cfa81f07cfa81f07cfa81f07cfa81f0',0,1767873600,1767873660);
INSERT INTO "campaign" VALUES(3,'trial-1','000000000000000000000000000000000000000000000000000000000000000a','A trial, 1','','complete','','',0,1768219200,1768219299);
INSERT INTO "campaign" VALUES(4,'trial-2','000000000000000000000000000000000000000000000000000000000000000b','A trial, 2','','complete','','',0,1768305600,1768305699);
INSERT INTO "campaign" VALUES(5,'2026-light','61fa404ff648b0e877d8c8817a6abe534e4b877fd5a16aa11637edbc530279c4','Le phare — n° 2','','paused','25 of 100 messages failed','7cfa81f07cfa81f07cfa81f07cfa81f07cfa81f0',1,1769774400,NULL);
INSERT INTO "campaign" VALUES(6,'winter','0000000000000000000000000000000000000000000000000000000000000004','A winter''s light','tag:ships,papers','sending','','7cfa81f07cfa81f07cfa81f07cfa81f07cfa81f0',1,1769860800,NULL);
CREATE TABLE delivery (
	id INTEGER NOT NULL, 
	campaign_id INTEGER NOT NULL, 
	subscriber_id INTEGER, 
	address TEXT NOT NULL, 
	domain TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	due_at INTEGER DEFAULT '0' NOT NULL, 
	attempted_at INTEGER, 
	answered_at INTEGER, 
	code INTEGER DEFAULT '0' NOT NULL, 
	enhanced VARCHAR(16) DEFAULT '' NOT NULL, 
	text TEXT DEFAULT '' NOT NULL, 
	message_id TEXT DEFAULT '' NOT NULL, 
	server TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_delivery PRIMARY KEY (id), 
	CONSTRAINT uq_delivery_subscriber_id_campaign_id UNIQUE (subscriber_id, campaign_id), 
	CONSTRAINT ck_delivery_state CHECK (state IN ('pending', 'attempting', 'accepted', 'deferred', 'failed', 'uncertain')), 
	CONSTRAINT fk_delivery_campaign_id FOREIGN KEY(campaign_id) REFERENCES campaign (id), 
	CONSTRAINT fk_delivery_subscriber_id FOREIGN KEY(subscriber_id) REFERENCES subscriber (id) ON DELETE SET NULL
);
INSERT INTO "delivery" VALUES(1,1,1,'ann@example.org','example.org','accepted',1,0,1767268810,1767268811,250,'2.0.0','Ok: queued as 4XyZ','<1.1.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(2,1,3,'Ola@Example.org','example.org','accepted',1,0,1767268811,1767268812,250,'2.0.0','Ok: queued as 4XyZ','<1.2.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(3,1,4,'kim@example.org','example.org','failed',1,0,1767268812,1767268813,550,'5.1.1','No such mailbox here','<1.3.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(4,1,5,'lee@example.org','example.org','failed',1,0,1767268813,1767268814,552,'5.2.2','Mailbox full','<1.4.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(5,1,6,'mia@example.org','example.org','accepted',1,0,1767268814,1767268815,250,'2.0.0','Ok: queued as 4XyZ','<1.5.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(6,1,7,'jon@example.org','example.org','accepted',1,0,1767268815,1767268816,250,'2.0.0','Ok: queued as 4XyZ','<1.6.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(7,1,8,'zoë@bücher.example.org','xn--bcher-kva.example.org','uncertain',1,0,1767268816,1767268817,0,'','the connection was lost after the data','<1.7.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(8,1,NULL,'','','accepted',1,0,1767268817,1767268818,250,'2.0.0','','','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(9,1,14,'pam@example.org','example.org','accepted',1,0,1767268818,1767268819,250,'2.0.0','Ok: queued as 4XyZ','<1.9.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(10,1,15,'rex@example.org','example.org','failed',0,0,NULL,1767268819,0,'','no longer an active subscriber when their turn came','','');
INSERT INTO "delivery" VALUES(11,1,16,'sue@example.org','example.org','failed',1,0,1767268820,1767268821,554,'5.7.1','Blocked: see https://block.example.org','<1.11.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(12,1,17,'hal@example.org','example.org','accepted',1,0,1767268821,1767268822,250,'2.0.0','Ok: queued as 4XyZ','<1.12.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(13,1,18,'ivy@example.org','example.org','accepted',1,0,1767268822,1767268823,250,'2.0.0','Ok: queued as 4XyZ','<1.13.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(14,1,21,'bob@example.org','example.org','accepted',1,0,1767268823,1767268824,250,'2.0.0','Ok: queued as 4XyZ','<1.14.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(15,2,3,'Ola@Example.org','example.org','accepted',1,0,1767873610,1767873611,250,'2.0.0','Ok: queued as 4XyZ','<2.15.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(16,3,1,'ann@example.org','example.org','accepted',1,0,1768219210,1768219211,250,'2.0.0','Ok: queued as 4XyZ','<3.16.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(17,3,3,'Ola@Example.org','example.org','accepted',1,0,1768219211,1768219212,250,'2.0.0','Ok: queued as 4XyZ','<3.17.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(18,3,5,'lee@example.org','example.org','accepted',1,0,1768219212,1768219213,250,'2.0.0','Ok: queued as 4XyZ','<3.18.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(19,3,8,'zoë@bücher.example.org','xn--bcher-kva.example.org','accepted',1,0,1768219213,1768219214,250,'2.0.0','Ok: queued as 4XyZ','<3.19.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(20,3,16,'sue@example.org','example.org','accepted',1,0,1768219214,1768219215,250,'2.0.0','Ok: queued as 4XyZ','<3.20.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(21,3,17,'hal@example.org','example.org','accepted',1,0,1768219215,1768219216,250,'2.0.0','Ok: queued as 4XyZ','<3.21.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(22,3,18,'ivy@example.org','example.org','accepted',1,0,1768219216,1768219217,250,'2.0.0','Ok: queued as 4XyZ','<3.22.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(23,3,21,'bob@example.org','example.org','accepted',1,0,1768219217,1768219218,250,'2.0.0','Ok: queued as 4XyZ','<3.23.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(24,4,1,'ann@example.org','example.org','accepted',1,0,1768305610,1768305611,250,'2.0.0','Ok: queued as 4XyZ','<4.24.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(25,4,3,'Ola@Example.org','example.org','accepted',1,0,1768305611,1768305612,250,'2.0.0','Ok: queued as 4XyZ','<4.25.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(26,4,5,'lee@example.org','example.org','accepted',1,0,1768305612,1768305613,250,'2.0.0','Ok: queued as 4XyZ','<4.26.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(27,4,8,'zoë@bücher.example.org','xn--bcher-kva.example.org','accepted',1,0,1768305613,1768305614,250,'2.0.0','Ok: queued as 4XyZ','<4.27.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(28,4,16,'sue@example.org','example.org','accepted',1,0,1768305614,1768305615,250,'2.0.0','Ok: queued as 4XyZ','<4.28.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(29,4,17,'hal@example.org','example.org','accepted',1,0,1768305615,1768305616,250,'2.0.0','Ok: queued as 4XyZ','<4.29.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(30,4,18,'ivy@example.org','example.org','accepted',1,0,1768305616,1768305617,250,'2.0.0','Ok: queued as 4XyZ','<4.30.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(31,4,21,'bob@example.org','example.org','accepted',1,0,1768305617,1768305618,250,'2.0.0','Ok: queued as 4XyZ','<4.31.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(32,5,1,'ann@example.org','example.org','accepted',1,0,1769774410,1769774411,250,'2.0.0','Ok: queued as 4XyZ','<5.32.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(33,5,8,'zoë@bücher.example.org','xn--bcher-kva.example.org','failed',1,0,1769774412,1769774413,451,'4.3.0','tried 4 times: Try again later','<5.33.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(34,5,16,'sue@example.org','example.org','pending',0,0,NULL,NULL,0,'','','','');
INSERT INTO "delivery" VALUES(35,5,17,'hal@example.org','example.org','pending',0,0,NULL,NULL,0,'','','','');
INSERT INTO "delivery" VALUES(36,5,18,'ivy@example.org','example.org','pending',0,0,NULL,NULL,0,'','','','');
INSERT INTO "delivery" VALUES(37,5,21,'bob@example.org','example.org','deferred',1,1769774470,1769774411,1769774412,451,'4.7.1','Greylisted, try again','<5.37.light@harbour.example.org>','127.0.0.1:2465');
INSERT INTO "delivery" VALUES(38,6,1,'ann@example.org','example.org','accepted',1,0,1769860810,1769860811,250,'2.0.0','Ok: queued as 4XyZ','<6.38.light@harbour.example.org>','127.0.0.1:2525');
INSERT INTO "delivery" VALUES(39,6,3,'Ola@Example.org','example.org','pending',0,0,NULL,NULL,0,'','','','');
INSERT INTO "delivery" VALUES(40,6,21,'bob@example.org','example.org','attempting',1,0,1769860811,NULL,0,'','','<6.40.light@harbour.example.org>','127.0.0.1:2465');
CREATE TABLE event (
	id INTEGER NOT NULL, 
	subscriber_id INTEGER NOT NULL, 
	campaign_id INTEGER, 
	kind VARCHAR(32) NOT NULL, 
	at INTEGER NOT NULL, 
	detail TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_event PRIMARY KEY (id), 
	CONSTRAINT fk_event_subscriber_id FOREIGN KEY(subscriber_id) REFERENCES subscriber (id) ON DELETE CASCADE, 
	CONSTRAINT fk_event_campaign_id FOREIGN KEY(campaign_id) REFERENCES campaign (id) ON DELETE SET NULL
);
INSERT INTO "event" VALUES(1,1,NULL,'added',1766664000,'sign-up sheet, Dec 2025');
INSERT INTO "event" VALUES(2,2,NULL,'lowered',1766836800,'active → unsubscribed, name `Ned` → `Ned Nautical`');
INSERT INTO "event" VALUES(3,3,NULL,'imported',1766836800,'+papers');
INSERT INTO "event" VALUES(4,1,NULL,'tagged',1766923200,'+ships');
INSERT INTO "event" VALUES(5,3,NULL,'tagged',1766923200,'+francophone');
INSERT INTO "event" VALUES(6,7,NULL,'tagged',1766923200,'+francophone');
INSERT INTO "event" VALUES(7,7,NULL,'tagged',1766923200,'-francophone');
INSERT INTO "event" VALUES(8,21,NULL,'asked',1767009600,'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO "event" VALUES(9,21,NULL,'written',1767009603,'confirm: accepted 250');
INSERT INTO "event" VALUES(10,21,NULL,'confirmed',1767009900,'https://pages.example.org/light/confirm, network 000000000001');
INSERT INTO "event" VALUES(11,21,NULL,'written',1767009903,'welcome: accepted 250');
INSERT INTO "event" VALUES(12,21,NULL,'changed',1767010500,'language fr → en, +papers');
INSERT INTO "event" VALUES(13,15,NULL,'unsubscribed',1767268805,'https://pages.example.org/light/unsubscribe, network 0000000000aa');
INSERT INTO "event" VALUES(14,4,1,'bounced',1767268900,'hard, 5.1.1, 550 No such mailbox here');
INSERT INTO "event" VALUES(15,5,1,'bounced',1767268900,'soft, 5.2.2, 552 Mailbox full');
INSERT INTO "event" VALUES(16,16,1,'bounced',1767268900,'refused, 5.7.1, 554 Blocked: see https://block.example.org');
INSERT INTO "event" VALUES(17,6,1,'complained',1767355200,'complaint');
INSERT INTO "event" VALUES(19,1,1,'bounced',1767355202,'refused, 5.7.1, 554 5.7.1 Refused by policy');
INSERT INTO "event" VALUES(20,7,1,'unsubscribed',1767528000,'https://pages.example.org/light/unsubscribe, network 000000000007');
INSERT INTO "event" VALUES(21,5,3,'bounced',1768262400,'soft, 4.2.2, 452 4.2.2 Mailbox full');
INSERT INTO "event" VALUES(22,5,4,'bounced',1768348800,'soft, 4.2.2, 452 4.2.2 Mailbox full');
INSERT INTO "event" VALUES(23,22,NULL,'asked',1769940000,'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO "event" VALUES(24,23,NULL,'asked',1769936400,'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO "event" VALUES(25,23,NULL,'written',1769939940,'confirm: under way');
INSERT INTO "event" VALUES(26,24,NULL,'asked',1769946600,'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO "event" VALUES(27,24,NULL,'written',1769946900,'confirm: under way');
INSERT INTO "event" VALUES(28,25,NULL,'asked',1769932800,'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO "event" VALUES(29,25,NULL,'written',1769932803,'confirm: accepted 250');
INSERT INTO "event" VALUES(30,26,NULL,'asked',1769929200,'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO "event" VALUES(31,26,NULL,'written',1769929203,'confirm: refused 550');
INSERT INTO "event" VALUES(32,27,NULL,'asked',1769774400,'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO "event" VALUES(33,27,NULL,'written',1769774401,'confirm: under way');
INSERT INTO "event" VALUES(34,28,NULL,'asked',1769925600,'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO "event" VALUES(35,29,NULL,'asked',1769929205,'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO "event" VALUES(36,29,NULL,'written',1769929208,'confirm: accepted 250');
INSERT INTO "event" VALUES(37,29,NULL,'confirmed',1769943600,'https://pages.example.org/light/confirm, network 000000000001');
INSERT INTO "event" VALUES(38,17,NULL,'requested',1769943600,'https://pages.example.org/light/preferences, network 000000000003');
INSERT INTO "event" VALUES(39,18,NULL,'asked',1769943595,'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO "event" VALUES(40,1,NULL,'requested',1769936400,'https://pages.example.org/light/preferences, network 000000000004');
INSERT INTO "event" VALUES(41,1,NULL,'written',1769936403,'own: accepted 250');
INSERT INTO "event" VALUES(42,30,NULL,'asked',1769922000,'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO "event" VALUES(43,30,NULL,'written',1769922003,'confirm: accepted 250');
INSERT INTO "event" VALUES(44,30,NULL,'confirmed',1769925540,'https://pages.example.org/light/confirm, network 000000000001');
INSERT INTO "event" VALUES(45,30,NULL,'written',1769925543,'welcome: uncertain');
CREATE TABLE proof (
	id INTEGER NOT NULL, 
	slug TEXT NOT NULL, 
	content VARCHAR(64) NOT NULL, 
	sent_at INTEGER NOT NULL, 
	CONSTRAINT pk_proof PRIMARY KEY (id)
);
INSERT INTO "proof" VALUES(1,'001','0000000000000000000000000000000000000000000000000000000000000001',1767182400);
INSERT INTO "proof" VALUES(2,'2026-light','61fa404ff648b0e877d8c8817a6abe534e4b877fd5a16aa11637edbc530279c4',1769770800);
CREATE TABLE signing_key (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	purpose VARCHAR(16) NOT NULL, 
	secret BLOB NOT NULL, 
	created_at INTEGER NOT NULL
);
INSERT INTO "signing_key" VALUES(1,'token',X'DF65C848E2F2DAF18180AE16AE38788ACDDEF076B857F7D795C00BEAF825E9FC',1766491200);
INSERT INTO "signing_key" VALUES(2,'token',X'F9A971736CD0EF220D952EE06C15BB0472CB1354ABD83F5024F7043789338710',1766577600);
INSERT INTO "signing_key" VALUES(3,'journal',X'E66B93A0A0D08ABC08FE79FCAF04F04DC8B0D53613566E18EB4D0308AC31DAC7',1766577600);
INSERT INTO "signing_key" VALUES(4,'suppression',X'385FDF1D45490CF66688F7D526AA99B16213138F51C1921D886CDC469D8EFD27',1766664000);
CREATE TABLE subscriber (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	address TEXT NOT NULL, 
	compared TEXT NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	language VARCHAR(35) DEFAULT '' NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	consent_source TEXT DEFAULT '' NOT NULL, 
	consent_at INTEGER NOT NULL, 
	created_at INTEGER NOT NULL, 
	CONSTRAINT ck_subscriber_state CHECK (state IN ('pending', 'active', 'unsubscribed', 'bounced', 'complained')), 
	CONSTRAINT uq_subscriber_compared UNIQUE (compared)
);
INSERT INTO "subscriber" VALUES(1,'ann@example.org','ann@example.org','Ann Anchor','en','active','sign-up sheet, Dec 2025',1766664000,1766664000);
INSERT INTO "subscriber" VALUES(2,'ned@example.org','ned@example.org','Ned Nautical','','unsubscribed','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(3,'Ola@Example.org','ola@example.org','Ola «Øst»','fr','active','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(4,'kim@example.org','kim@example.org','','','bounced','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(5,'lee@example.org','lee@example.org','','','bounced','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(6,'mia@example.org','mia@example.org','','','complained','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(7,'jon@example.org','jon@example.org','','fr','unsubscribed','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(8,'zoë@bücher.example.org','zoë@xn--bcher-kva.example.org','Zoë','','active','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(9,'uma@example.org','uma@example.org','','','unsubscribed','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(10,'una@example.org','una@example.org','','','pending','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(11,'vic@example.org','vic@example.org','','','bounced','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(12,'wes@example.org','wes@example.org','','','complained','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(14,'pam@example.org','pam@example.org','','','active','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(15,'rex@example.org','rex@example.org','','','unsubscribed','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(16,'sue@example.org','sue@example.org','','','active','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(17,'hal@example.org','hal@example.org','','','active','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(18,'ivy@example.org','ivy@example.org','','','active','moved from Revue, 2025-12',1735387200,1766750400);
INSERT INTO "subscriber" VALUES(21,'bob@example.org','bob@example.org','','en','active','https://pages.example.org/light/confirm, network 000000000001',1767009900,1767009600);
INSERT INTO "subscriber" VALUES(22,'cho@example.org','cho@example.org','','','pending','https://pages.example.org/light/subscribe, network 000000000001',1769940000,1769940000);
INSERT INTO "subscriber" VALUES(23,'dan@example.org','dan@example.org','','','pending','https://pages.example.org/light/subscribe, network 000000000001',1769936400,1769936400);
INSERT INTO "subscriber" VALUES(24,'eve@example.org','eve@example.org','','','pending','https://pages.example.org/light/subscribe, network 000000000001',1769946600,1769946600);
INSERT INTO "subscriber" VALUES(25,'fay@example.org','fay@example.org','','','pending','https://pages.example.org/light/subscribe, network 000000000001',1769932800,1769932800);
INSERT INTO "subscriber" VALUES(26,'tom@example.org','tom@example.org','','','pending','https://pages.example.org/light/subscribe, network 000000000001',1769929200,1769929200);
INSERT INTO "subscriber" VALUES(27,'xan@example.org','xan@example.org','','','pending','https://pages.example.org/light/subscribe, network 000000000001',1769774400,1769774400);
INSERT INTO "subscriber" VALUES(28,'yan@example.org','yan@example.org','','','pending','https://pages.example.org/light/subscribe, network 000000000001',1769925600,1769925600);
INSERT INTO "subscriber" VALUES(29,'gus@example.org','gus@example.org','','','active','https://pages.example.org/light/confirm, network 000000000001',1769943600,1769929205);
INSERT INTO "subscriber" VALUES(30,'zed@example.org','zed@example.org','','fr','active','https://pages.example.org/light/confirm, network 000000000001',1769925540,1769922000);
CREATE TABLE subscriber_tag (
	subscriber_id INTEGER NOT NULL, 
	tag TEXT NOT NULL, 
	CONSTRAINT pk_subscriber_tag PRIMARY KEY (subscriber_id, tag), 
	CONSTRAINT fk_subscriber_tag_subscriber_id FOREIGN KEY(subscriber_id) REFERENCES subscriber (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "subscriber_tag" VALUES(3,'francophone');
INSERT INTO "subscriber_tag" VALUES(1,'papers');
INSERT INTO "subscriber_tag" VALUES(3,'papers');
INSERT INTO "subscriber_tag" VALUES(21,'papers');
INSERT INTO "subscriber_tag" VALUES(1,'ships');
INSERT INTO "subscriber_tag" VALUES(3,'ships');
CREATE TABLE suppression (
	digest BLOB NOT NULL, 
	reason VARCHAR(16) NOT NULL, 
	since INTEGER NOT NULL, 
	CONSTRAINT pk_suppression PRIMARY KEY (digest), 
	CONSTRAINT ck_suppression_reason CHECK (reason IN ('unsubscribed', 'hard bounce', 'soft bounces', 'complaint', 'erased', 'author'))
)
 WITHOUT ROWID

;
INSERT INTO "suppression" VALUES(X'250A6313F153623FAA69072E51CD7214002A4C392225ECB371EBF8BA220BD4AB','hard bounce',1766750400);
INSERT INTO "suppression" VALUES(X'282D13F7F5824D57C7B451CD6E0070DB67BADFB099155C2823F9D9369A560099','hard bounce',1767268900);
INSERT INTO "suppression" VALUES(X'53C7E440E9FD08785379DF3F95EE0F3A9874800985E9FA3A884C771EC754962C','soft bounces',1768348800);
INSERT INTO "suppression" VALUES(X'60359648893934BCAF647B94CA77D109943BB85497FEE598C3F47612D3D4EA29','unsubscribed',1767096000);
INSERT INTO "suppression" VALUES(X'89E763702132DA595A2B76560F8931D2EC632AA7E9E94253C986BCA7C288C9C1','complaint',1767355200);
INSERT INTO "suppression" VALUES(X'9D92A36EDB16FB04EBDDE4CA2F5B81B46DA6BAFD67B36728490F923169E83611','erased',1767441600);
INSERT INTO "suppression" VALUES(X'AB7A72E601F592208F06AEDCFF8B1C0BDF6520E36E75DF957DE4A6426D53115D','complaint',1766750400);
INSERT INTO "suppression" VALUES(X'E806AF057BA9B43F4FFD66876423D2073223E87813DE4807C8B9EDC42666C2CC','author',1767438000);
CREATE INDEX ix_subscriber_tag_tag ON subscriber_tag (tag);
CREATE INDEX ix_event_subscriber_id ON event (subscriber_id);
CREATE INDEX ix_delivery_campaign ON delivery (campaign_id, id);
CREATE INDEX ix_delivery_deferred ON delivery (campaign_id, due_at) WHERE state = 'deferred';
CREATE INDEX ix_proof_content ON proof (content);
CREATE INDEX ix_bounce_subscriber_id ON bounce (subscriber_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('signing_key',4);
INSERT INTO "sqlite_sequence" VALUES('subscriber',30);
INSERT INTO "sqlite_sequence" VALUES('campaign',6);
COMMIT;

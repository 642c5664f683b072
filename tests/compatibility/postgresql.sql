CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.bounce (
    digest bytea NOT NULL,
    subscriber_id bigint,
    campaign_id bigint,
    kind character varying(16) NOT NULL,
    at bigint NOT NULL,
    CONSTRAINT ck_bounce_kind CHECK (((kind)::text = ANY ((ARRAY['notice'::character varying, 'refused'::character varying, 'soft'::character varying, 'hard'::character varying, 'complaint'::character varying])::text[])))
);
CREATE TABLE public.campaign (
    id bigint NOT NULL,
    slug text NOT NULL,
    content character varying(64) NOT NULL,
    subject text NOT NULL,
    audience text DEFAULT ''::text NOT NULL,
    state character varying(16) NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    git_commit character varying(64) DEFAULT ''::character varying NOT NULL,
    git_clean boolean NOT NULL,
    created_at bigint NOT NULL,
    finished_at bigint,
    CONSTRAINT ck_campaign_state CHECK (((state)::text = ANY ((ARRAY['sending'::character varying, 'paused'::character varying, 'complete'::character varying, 'cancelled'::character varying])::text[])))
);
CREATE SEQUENCE public.campaign_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.campaign_id_seq OWNED BY public.campaign.id;
CREATE TABLE public.delivery (
    id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    subscriber_id bigint,
    address text NOT NULL,
    domain text NOT NULL,
    state character varying(16) NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at bigint DEFAULT '0'::bigint NOT NULL,
    attempted_at bigint,
    answered_at bigint,
    code integer DEFAULT 0 NOT NULL,
    enhanced character varying(16) DEFAULT ''::character varying NOT NULL,
    text text DEFAULT ''::text NOT NULL,
    message_id text DEFAULT ''::text NOT NULL,
    server text DEFAULT ''::text NOT NULL,
    CONSTRAINT ck_delivery_state CHECK (((state)::text = ANY ((ARRAY['pending'::character varying, 'attempting'::character varying, 'accepted'::character varying, 'deferred'::character varying, 'failed'::character varying, 'uncertain'::character varying])::text[])))
);
CREATE SEQUENCE public.delivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.delivery_id_seq OWNED BY public.delivery.id;
CREATE TABLE public.event (
    id bigint NOT NULL,
    subscriber_id bigint NOT NULL,
    campaign_id bigint,
    kind character varying(32) NOT NULL,
    at bigint NOT NULL,
    detail text DEFAULT ''::text NOT NULL
);
CREATE SEQUENCE public.event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.event_id_seq OWNED BY public.event.id;
CREATE TABLE public.proof (
    id bigint NOT NULL,
    slug text NOT NULL,
    content character varying(64) NOT NULL,
    sent_at bigint NOT NULL
);
CREATE SEQUENCE public.proof_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.proof_id_seq OWNED BY public.proof.id;
CREATE TABLE public.signing_key (
    id bigint NOT NULL,
    purpose character varying(16) NOT NULL,
    secret bytea NOT NULL,
    created_at bigint NOT NULL
);
CREATE SEQUENCE public.signing_key_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.signing_key_id_seq OWNED BY public.signing_key.id;
CREATE TABLE public.subscriber (
    id bigint NOT NULL,
    address text NOT NULL,
    compared text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    language character varying(35) DEFAULT ''::character varying NOT NULL,
    state character varying(16) NOT NULL,
    consent_source text DEFAULT ''::text NOT NULL,
    consent_at bigint NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT ck_subscriber_state CHECK (((state)::text = ANY ((ARRAY['pending'::character varying, 'active'::character varying, 'unsubscribed'::character varying, 'bounced'::character varying, 'complained'::character varying])::text[])))
);
CREATE SEQUENCE public.subscriber_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.subscriber_id_seq OWNED BY public.subscriber.id;
CREATE TABLE public.subscriber_tag (
    subscriber_id bigint NOT NULL,
    tag text NOT NULL
);
CREATE TABLE public.suppression (
    digest bytea NOT NULL,
    reason character varying(16) NOT NULL,
    since bigint NOT NULL,
    CONSTRAINT ck_suppression_reason CHECK (((reason)::text = ANY ((ARRAY['unsubscribed'::character varying, 'hard bounce'::character varying, 'soft bounces'::character varying, 'complaint'::character varying, 'erased'::character varying, 'author'::character varying])::text[])))
);
ALTER TABLE ONLY public.campaign ALTER COLUMN id SET DEFAULT nextval('public.campaign_id_seq'::regclass);
ALTER TABLE ONLY public.delivery ALTER COLUMN id SET DEFAULT nextval('public.delivery_id_seq'::regclass);
ALTER TABLE ONLY public.event ALTER COLUMN id SET DEFAULT nextval('public.event_id_seq'::regclass);
ALTER TABLE ONLY public.proof ALTER COLUMN id SET DEFAULT nextval('public.proof_id_seq'::regclass);
ALTER TABLE ONLY public.signing_key ALTER COLUMN id SET DEFAULT nextval('public.signing_key_id_seq'::regclass);
ALTER TABLE ONLY public.subscriber ALTER COLUMN id SET DEFAULT nextval('public.subscriber_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.bounce VALUES ('\xcc3b56c361a00b1e89df42534340d33cbb5c6751d188849d5bd6be2fbbcfa885', 4, 1, 'hard', 1767268900);
INSERT INTO public.bounce VALUES ('\x1cff55aa3445fc67f42ee5f893da916f637362dac90e00074f0b1e077e64a6b6', 5, 1, 'soft', 1767268900);
INSERT INTO public.bounce VALUES ('\x9c8c98cebe40f470956ec9d2a783e7bb5ea024ed63b9289d97823049039c4699', 16, 1, 'refused', 1767268900);
INSERT INTO public.bounce VALUES ('\x0101010101010101010101010101010101010101010101010101010101010101', 6, 1, 'complaint', 1767355200);
INSERT INTO public.bounce VALUES ('\x0303030303030303030303030303030303030303030303030303030303030303', 1, 1, 'refused', 1767355202);
INSERT INTO public.bounce VALUES ('\x0202020202020202020202020202020202020202020202020202020202020202', NULL, 1, 'soft', 1767355201);
INSERT INTO public.bounce VALUES ('\x1414141414141414141414141414141414141414141414141414141414141414', 5, 3, 'soft', 1768262400);
INSERT INTO public.bounce VALUES ('\x1515151515151515151515151515151515151515151515151515151515151515', 5, 4, 'soft', 1768348800);
INSERT INTO public.campaign VALUES (1, '001', '0000000000000000000000000000000000000000000000000000000000000001', 'Tides, read by machines', '', 'complete', '', '7cfa81f07cfa81f07cfa81f07cfa81f07cfa81f0', true, 1767268800, 1767268901);
INSERT INTO public.campaign VALUES (2, '2026-light', '0000000000000000000000000000000000000000000000000000000000000002', 'Le phare — n° 2', 'language:fr', 'cancelled', 'cancelled by the author', '7cfa81f07cfa81f07cfa81f07cfa81f07cfa81f0', false, 1767873600, 1767873660);
INSERT INTO public.campaign VALUES (3, 'trial-1', '000000000000000000000000000000000000000000000000000000000000000a', 'A trial, 1', '', 'complete', '', '', false, 1768219200, 1768219299);
INSERT INTO public.campaign VALUES (4, 'trial-2', '000000000000000000000000000000000000000000000000000000000000000b', 'A trial, 2', '', 'complete', '', '', false, 1768305600, 1768305699);
INSERT INTO public.campaign VALUES (5, '2026-light', '61fa404ff648b0e877d8c8817a6abe534e4b877fd5a16aa11637edbc530279c4', 'Le phare — n° 2', '', 'paused', '25 of 100 messages failed', '7cfa81f07cfa81f07cfa81f07cfa81f07cfa81f0', true, 1769774400, NULL);
INSERT INTO public.campaign VALUES (6, 'winter', '0000000000000000000000000000000000000000000000000000000000000004', 'A winter''s light', 'tag:ships,papers', 'sending', '', '7cfa81f07cfa81f07cfa81f07cfa81f07cfa81f0', true, 1769860800, NULL);
INSERT INTO public.delivery VALUES (1, 1, 1, 'ann@example.org', 'example.org', 'accepted', 1, 0, 1767268810, 1767268811, 250, '2.0.0', 'Ok: queued as 4XyZ', '<1.1.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (2, 1, 3, 'Ola@Example.org', 'example.org', 'accepted', 1, 0, 1767268811, 1767268812, 250, '2.0.0', 'Ok: queued as 4XyZ', '<1.2.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (3, 1, 4, 'kim@example.org', 'example.org', 'failed', 1, 0, 1767268812, 1767268813, 550, '5.1.1', 'No such mailbox here', '<1.3.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (4, 1, 5, 'lee@example.org', 'example.org', 'failed', 1, 0, 1767268813, 1767268814, 552, '5.2.2', 'Mailbox full', '<1.4.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (5, 1, 6, 'mia@example.org', 'example.org', 'accepted', 1, 0, 1767268814, 1767268815, 250, '2.0.0', 'Ok: queued as 4XyZ', '<1.5.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (6, 1, 7, 'jon@example.org', 'example.org', 'accepted', 1, 0, 1767268815, 1767268816, 250, '2.0.0', 'Ok: queued as 4XyZ', '<1.6.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (7, 1, 8, 'zoë@bücher.example.org', 'xn--bcher-kva.example.org', 'uncertain', 1, 0, 1767268816, 1767268817, 0, '', 'the connection was lost after the data', '<1.7.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (9, 1, 14, 'pam@example.org', 'example.org', 'accepted', 1, 0, 1767268818, 1767268819, 250, '2.0.0', 'Ok: queued as 4XyZ', '<1.9.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (10, 1, 15, 'rex@example.org', 'example.org', 'failed', 0, 0, NULL, 1767268819, 0, '', 'no longer an active subscriber when their turn came', '', '');
INSERT INTO public.delivery VALUES (11, 1, 16, 'sue@example.org', 'example.org', 'failed', 1, 0, 1767268820, 1767268821, 554, '5.7.1', 'Blocked: see https://block.example.org', '<1.11.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (12, 1, 17, 'hal@example.org', 'example.org', 'accepted', 1, 0, 1767268821, 1767268822, 250, '2.0.0', 'Ok: queued as 4XyZ', '<1.12.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (13, 1, 18, 'ivy@example.org', 'example.org', 'accepted', 1, 0, 1767268822, 1767268823, 250, '2.0.0', 'Ok: queued as 4XyZ', '<1.13.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (14, 1, 21, 'bob@example.org', 'example.org', 'accepted', 1, 0, 1767268823, 1767268824, 250, '2.0.0', 'Ok: queued as 4XyZ', '<1.14.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (15, 2, 3, 'Ola@Example.org', 'example.org', 'accepted', 1, 0, 1767873610, 1767873611, 250, '2.0.0', 'Ok: queued as 4XyZ', '<2.15.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (8, 1, NULL, '', '', 'accepted', 1, 0, 1767268817, 1767268818, 250, '2.0.0', '', '', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (16, 3, 1, 'ann@example.org', 'example.org', 'accepted', 1, 0, 1768219210, 1768219211, 250, '2.0.0', 'Ok: queued as 4XyZ', '<3.16.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (17, 3, 3, 'Ola@Example.org', 'example.org', 'accepted', 1, 0, 1768219211, 1768219212, 250, '2.0.0', 'Ok: queued as 4XyZ', '<3.17.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (18, 3, 5, 'lee@example.org', 'example.org', 'accepted', 1, 0, 1768219212, 1768219213, 250, '2.0.0', 'Ok: queued as 4XyZ', '<3.18.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (19, 3, 8, 'zoë@bücher.example.org', 'xn--bcher-kva.example.org', 'accepted', 1, 0, 1768219213, 1768219214, 250, '2.0.0', 'Ok: queued as 4XyZ', '<3.19.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (20, 3, 16, 'sue@example.org', 'example.org', 'accepted', 1, 0, 1768219214, 1768219215, 250, '2.0.0', 'Ok: queued as 4XyZ', '<3.20.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (21, 3, 17, 'hal@example.org', 'example.org', 'accepted', 1, 0, 1768219215, 1768219216, 250, '2.0.0', 'Ok: queued as 4XyZ', '<3.21.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (22, 3, 18, 'ivy@example.org', 'example.org', 'accepted', 1, 0, 1768219216, 1768219217, 250, '2.0.0', 'Ok: queued as 4XyZ', '<3.22.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (23, 3, 21, 'bob@example.org', 'example.org', 'accepted', 1, 0, 1768219217, 1768219218, 250, '2.0.0', 'Ok: queued as 4XyZ', '<3.23.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (24, 4, 1, 'ann@example.org', 'example.org', 'accepted', 1, 0, 1768305610, 1768305611, 250, '2.0.0', 'Ok: queued as 4XyZ', '<4.24.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (25, 4, 3, 'Ola@Example.org', 'example.org', 'accepted', 1, 0, 1768305611, 1768305612, 250, '2.0.0', 'Ok: queued as 4XyZ', '<4.25.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (26, 4, 5, 'lee@example.org', 'example.org', 'accepted', 1, 0, 1768305612, 1768305613, 250, '2.0.0', 'Ok: queued as 4XyZ', '<4.26.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (27, 4, 8, 'zoë@bücher.example.org', 'xn--bcher-kva.example.org', 'accepted', 1, 0, 1768305613, 1768305614, 250, '2.0.0', 'Ok: queued as 4XyZ', '<4.27.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (28, 4, 16, 'sue@example.org', 'example.org', 'accepted', 1, 0, 1768305614, 1768305615, 250, '2.0.0', 'Ok: queued as 4XyZ', '<4.28.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (29, 4, 17, 'hal@example.org', 'example.org', 'accepted', 1, 0, 1768305615, 1768305616, 250, '2.0.0', 'Ok: queued as 4XyZ', '<4.29.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (30, 4, 18, 'ivy@example.org', 'example.org', 'accepted', 1, 0, 1768305616, 1768305617, 250, '2.0.0', 'Ok: queued as 4XyZ', '<4.30.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (31, 4, 21, 'bob@example.org', 'example.org', 'accepted', 1, 0, 1768305617, 1768305618, 250, '2.0.0', 'Ok: queued as 4XyZ', '<4.31.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (34, 5, 16, 'sue@example.org', 'example.org', 'pending', 0, 0, NULL, NULL, 0, '', '', '', '');
INSERT INTO public.delivery VALUES (35, 5, 17, 'hal@example.org', 'example.org', 'pending', 0, 0, NULL, NULL, 0, '', '', '', '');
INSERT INTO public.delivery VALUES (36, 5, 18, 'ivy@example.org', 'example.org', 'pending', 0, 0, NULL, NULL, 0, '', '', '', '');
INSERT INTO public.delivery VALUES (32, 5, 1, 'ann@example.org', 'example.org', 'accepted', 1, 0, 1769774410, 1769774411, 250, '2.0.0', 'Ok: queued as 4XyZ', '<5.32.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (37, 5, 21, 'bob@example.org', 'example.org', 'deferred', 1, 1769774470, 1769774411, 1769774412, 451, '4.7.1', 'Greylisted, try again', '<5.37.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.delivery VALUES (33, 5, 8, 'zoë@bücher.example.org', 'xn--bcher-kva.example.org', 'failed', 1, 0, 1769774412, 1769774413, 451, '4.3.0', 'tried 4 times: Try again later', '<5.33.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (39, 6, 3, 'Ola@Example.org', 'example.org', 'pending', 0, 0, NULL, NULL, 0, '', '', '', '');
INSERT INTO public.delivery VALUES (38, 6, 1, 'ann@example.org', 'example.org', 'accepted', 1, 0, 1769860810, 1769860811, 250, '2.0.0', 'Ok: queued as 4XyZ', '<6.38.light@harbour.example.org>', '127.0.0.1:2525');
INSERT INTO public.delivery VALUES (40, 6, 21, 'bob@example.org', 'example.org', 'attempting', 1, 0, 1769860811, NULL, 0, '', '', '<6.40.light@harbour.example.org>', '127.0.0.1:2465');
INSERT INTO public.event VALUES (1, 1, NULL, 'added', 1766664000, 'sign-up sheet, Dec 2025');
INSERT INTO public.event VALUES (2, 2, NULL, 'lowered', 1766836800, 'active → unsubscribed, name `Ned` → `Ned Nautical`');
INSERT INTO public.event VALUES (3, 3, NULL, 'imported', 1766836800, '+papers');
INSERT INTO public.event VALUES (4, 1, NULL, 'tagged', 1766923200, '+ships');
INSERT INTO public.event VALUES (5, 7, NULL, 'tagged', 1766923200, '+francophone');
INSERT INTO public.event VALUES (6, 3, NULL, 'tagged', 1766923200, '+francophone');
INSERT INTO public.event VALUES (7, 7, NULL, 'tagged', 1766923200, '-francophone');
INSERT INTO public.event VALUES (8, 21, NULL, 'asked', 1767009600, 'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO public.event VALUES (9, 21, NULL, 'written', 1767009603, 'confirm: accepted 250');
INSERT INTO public.event VALUES (10, 21, NULL, 'confirmed', 1767009900, 'https://pages.example.org/light/confirm, network 000000000001');
INSERT INTO public.event VALUES (11, 21, NULL, 'written', 1767009903, 'welcome: accepted 250');
INSERT INTO public.event VALUES (12, 21, NULL, 'changed', 1767010500, 'language fr → en, +papers');
INSERT INTO public.event VALUES (13, 15, NULL, 'unsubscribed', 1767268805, 'https://pages.example.org/light/unsubscribe, network 0000000000aa');
INSERT INTO public.event VALUES (14, 4, 1, 'bounced', 1767268900, 'hard, 5.1.1, 550 No such mailbox here');
INSERT INTO public.event VALUES (15, 5, 1, 'bounced', 1767268900, 'soft, 5.2.2, 552 Mailbox full');
INSERT INTO public.event VALUES (16, 16, 1, 'bounced', 1767268900, 'refused, 5.7.1, 554 Blocked: see https://block.example.org');
INSERT INTO public.event VALUES (17, 6, 1, 'complained', 1767355200, 'complaint');
INSERT INTO public.event VALUES (19, 1, 1, 'bounced', 1767355202, 'refused, 5.7.1, 554 5.7.1 Refused by policy');
INSERT INTO public.event VALUES (20, 7, 1, 'unsubscribed', 1767528000, 'https://pages.example.org/light/unsubscribe, network 000000000007');
INSERT INTO public.event VALUES (21, 5, 3, 'bounced', 1768262400, 'soft, 4.2.2, 452 4.2.2 Mailbox full');
INSERT INTO public.event VALUES (22, 5, 4, 'bounced', 1768348800, 'soft, 4.2.2, 452 4.2.2 Mailbox full');
INSERT INTO public.event VALUES (23, 22, NULL, 'asked', 1769940000, 'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO public.event VALUES (24, 23, NULL, 'asked', 1769936400, 'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO public.event VALUES (25, 23, NULL, 'written', 1769939940, 'confirm: under way');
INSERT INTO public.event VALUES (26, 24, NULL, 'asked', 1769946600, 'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO public.event VALUES (27, 24, NULL, 'written', 1769946900, 'confirm: under way');
INSERT INTO public.event VALUES (28, 25, NULL, 'asked', 1769932800, 'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO public.event VALUES (29, 25, NULL, 'written', 1769932803, 'confirm: accepted 250');
INSERT INTO public.event VALUES (30, 26, NULL, 'asked', 1769929200, 'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO public.event VALUES (31, 26, NULL, 'written', 1769929203, 'confirm: refused 550');
INSERT INTO public.event VALUES (32, 27, NULL, 'asked', 1769774400, 'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO public.event VALUES (33, 27, NULL, 'written', 1769774401, 'confirm: under way');
INSERT INTO public.event VALUES (34, 28, NULL, 'asked', 1769925600, 'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO public.event VALUES (36, 29, NULL, 'asked', 1769929205, 'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO public.event VALUES (37, 29, NULL, 'written', 1769929208, 'confirm: accepted 250');
INSERT INTO public.event VALUES (38, 29, NULL, 'confirmed', 1769943600, 'https://pages.example.org/light/confirm, network 000000000001');
INSERT INTO public.event VALUES (39, 17, NULL, 'requested', 1769943600, 'https://pages.example.org/light/preferences, network 000000000003');
INSERT INTO public.event VALUES (40, 18, NULL, 'asked', 1769943595, 'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO public.event VALUES (41, 1, NULL, 'requested', 1769936400, 'https://pages.example.org/light/preferences, network 000000000004');
INSERT INTO public.event VALUES (42, 1, NULL, 'written', 1769936403, 'own: accepted 250');
INSERT INTO public.event VALUES (43, 30, NULL, 'asked', 1769922000, 'https://pages.example.org/light/subscribe, network 000000000001');
INSERT INTO public.event VALUES (44, 30, NULL, 'written', 1769922003, 'confirm: accepted 250');
INSERT INTO public.event VALUES (45, 30, NULL, 'confirmed', 1769925540, 'https://pages.example.org/light/confirm, network 000000000001');
INSERT INTO public.event VALUES (46, 30, NULL, 'written', 1769925543, 'welcome: uncertain');
INSERT INTO public.proof VALUES (1, '001', '0000000000000000000000000000000000000000000000000000000000000001', 1767182400);
INSERT INTO public.proof VALUES (2, '2026-light', '61fa404ff648b0e877d8c8817a6abe534e4b877fd5a16aa11637edbc530279c4', 1769770800);
INSERT INTO public.signing_key VALUES (1, 'token', '\x1ce96a017940a299f118f16f3b9759321b3af68432d3299a455427370cd37580', 1766491200);
INSERT INTO public.signing_key VALUES (2, 'token', '\x4f2257e62e502e2538128ac2fda5cb1102b0e88e1fd72ef83900fc6797e8321b', 1766577600);
INSERT INTO public.signing_key VALUES (3, 'journal', '\xe80316b59a293ceb7bf8df7a24ae24690cc9bfc02e7fde81b2a7f3bb628ffe84', 1766577600);
INSERT INTO public.signing_key VALUES (4, 'suppression', '\xf93b6e1b58f90195f636b52ae63a7ba677bc87a0f507e4794f8db0a088cd5b4c', 1766664000);
INSERT INTO public.subscriber VALUES (1, 'ann@example.org', 'ann@example.org', 'Ann Anchor', 'en', 'active', 'sign-up sheet, Dec 2025', 1766664000, 1766664000);
INSERT INTO public.subscriber VALUES (8, 'zoë@bücher.example.org', 'zoë@xn--bcher-kva.example.org', 'Zoë', '', 'active', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (9, 'uma@example.org', 'uma@example.org', '', '', 'unsubscribed', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (10, 'una@example.org', 'una@example.org', '', '', 'pending', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (11, 'vic@example.org', 'vic@example.org', '', '', 'bounced', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (12, 'wes@example.org', 'wes@example.org', '', '', 'complained', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (14, 'pam@example.org', 'pam@example.org', '', '', 'active', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (16, 'sue@example.org', 'sue@example.org', '', '', 'active', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (17, 'hal@example.org', 'hal@example.org', '', '', 'active', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (18, 'ivy@example.org', 'ivy@example.org', '', '', 'active', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (2, 'ned@example.org', 'ned@example.org', 'Ned Nautical', '', 'unsubscribed', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (3, 'Ola@Example.org', 'ola@example.org', 'Ola «Øst»', 'fr', 'active', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (21, 'bob@example.org', 'bob@example.org', '', 'en', 'active', 'https://pages.example.org/light/confirm, network 000000000001', 1767009900, 1767009600);
INSERT INTO public.subscriber VALUES (15, 'rex@example.org', 'rex@example.org', '', '', 'unsubscribed', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (4, 'kim@example.org', 'kim@example.org', '', '', 'bounced', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (6, 'mia@example.org', 'mia@example.org', '', '', 'complained', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (7, 'jon@example.org', 'jon@example.org', '', 'fr', 'unsubscribed', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (5, 'lee@example.org', 'lee@example.org', '', '', 'bounced', 'moved from Revue, 2025-12', 1735387200, 1766750400);
INSERT INTO public.subscriber VALUES (22, 'cho@example.org', 'cho@example.org', '', '', 'pending', 'https://pages.example.org/light/subscribe, network 000000000001', 1769940000, 1769940000);
INSERT INTO public.subscriber VALUES (23, 'dan@example.org', 'dan@example.org', '', '', 'pending', 'https://pages.example.org/light/subscribe, network 000000000001', 1769936400, 1769936400);
INSERT INTO public.subscriber VALUES (24, 'eve@example.org', 'eve@example.org', '', '', 'pending', 'https://pages.example.org/light/subscribe, network 000000000001', 1769946600, 1769946600);
INSERT INTO public.subscriber VALUES (25, 'fay@example.org', 'fay@example.org', '', '', 'pending', 'https://pages.example.org/light/subscribe, network 000000000001', 1769932800, 1769932800);
INSERT INTO public.subscriber VALUES (26, 'tom@example.org', 'tom@example.org', '', '', 'pending', 'https://pages.example.org/light/subscribe, network 000000000001', 1769929200, 1769929200);
INSERT INTO public.subscriber VALUES (27, 'xan@example.org', 'xan@example.org', '', '', 'pending', 'https://pages.example.org/light/subscribe, network 000000000001', 1769774400, 1769774400);
INSERT INTO public.subscriber VALUES (28, 'yan@example.org', 'yan@example.org', '', '', 'pending', 'https://pages.example.org/light/subscribe, network 000000000001', 1769925600, 1769925600);
INSERT INTO public.subscriber VALUES (29, 'gus@example.org', 'gus@example.org', '', '', 'active', 'https://pages.example.org/light/confirm, network 000000000001', 1769943600, 1769929205);
INSERT INTO public.subscriber VALUES (30, 'zed@example.org', 'zed@example.org', '', 'fr', 'active', 'https://pages.example.org/light/confirm, network 000000000001', 1769925540, 1769922000);
INSERT INTO public.subscriber_tag VALUES (1, 'papers');
INSERT INTO public.subscriber_tag VALUES (3, 'ships');
INSERT INTO public.subscriber_tag VALUES (3, 'papers');
INSERT INTO public.subscriber_tag VALUES (1, 'ships');
INSERT INTO public.subscriber_tag VALUES (3, 'francophone');
INSERT INTO public.subscriber_tag VALUES (21, 'papers');
INSERT INTO public.suppression VALUES ('\xecdd0a44d2b19b0c327e049323a4d1465bacce0aef1adac844f84f2da304251e', 'hard bounce', 1766750400);
INSERT INTO public.suppression VALUES ('\xa32788c7cf258aac1067a99de3c69d8002ebda5e28ab44e11e2c08845117962c', 'complaint', 1766750400);
INSERT INTO public.suppression VALUES ('\xbb8f0e80beadd6c4dd3e1d20964b5632717b79238f59aafce6db59fdfdb2f385', 'hard bounce', 1767268900);
INSERT INTO public.suppression VALUES ('\xd2cba90522fcddd41caa2f5913d663d1568427bb880bdb05de9b6199bfb842ca', 'complaint', 1767355200);
INSERT INTO public.suppression VALUES ('\xd3feec7879ad84af2588f98943fe7d3d25ced6da93ede4cc8bff82d963b0b7fd', 'author', 1767438000);
INSERT INTO public.suppression VALUES ('\xab295d62a854343eae1694a3492a2c2d776c20bc14b61fc68d2552d1cdc53882', 'erased', 1767441600);
INSERT INTO public.suppression VALUES ('\xb2fd298f34af1d75ee101150ebcd820f5257581ddc2fa8e6adde4eaf589eacbe', 'soft bounces', 1768348800);
INSERT INTO public.suppression VALUES ('\x33ec5a6d40868a38f7fb516fc4d86dc414f8d3fea1b51a201b9977bf7df2ee1e', 'unsubscribed', 1767096000);
SELECT pg_catalog.setval('public.campaign_id_seq', 6, true);
SELECT pg_catalog.setval('public.delivery_id_seq', 40, true);
SELECT pg_catalog.setval('public.event_id_seq', 46, true);
SELECT pg_catalog.setval('public.proof_id_seq', 2, true);
SELECT pg_catalog.setval('public.signing_key_id_seq', 4, true);
SELECT pg_catalog.setval('public.subscriber_id_seq', 30, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.bounce
    ADD CONSTRAINT pk_bounce PRIMARY KEY (digest);
ALTER TABLE ONLY public.campaign
    ADD CONSTRAINT pk_campaign PRIMARY KEY (id);
ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT pk_delivery PRIMARY KEY (id);
ALTER TABLE ONLY public.event
    ADD CONSTRAINT pk_event PRIMARY KEY (id);
ALTER TABLE ONLY public.proof
    ADD CONSTRAINT pk_proof PRIMARY KEY (id);
ALTER TABLE ONLY public.signing_key
    ADD CONSTRAINT pk_signing_key PRIMARY KEY (id);
ALTER TABLE ONLY public.subscriber
    ADD CONSTRAINT pk_subscriber PRIMARY KEY (id);
ALTER TABLE ONLY public.subscriber_tag
    ADD CONSTRAINT pk_subscriber_tag PRIMARY KEY (subscriber_id, tag);
ALTER TABLE ONLY public.suppression
    ADD CONSTRAINT pk_suppression PRIMARY KEY (digest);
ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT uq_delivery_subscriber_id_campaign_id UNIQUE (subscriber_id, campaign_id);
ALTER TABLE ONLY public.subscriber
    ADD CONSTRAINT uq_subscriber_compared UNIQUE (compared);
CREATE INDEX ix_bounce_subscriber_id ON public.bounce USING btree (subscriber_id);
CREATE INDEX ix_delivery_campaign ON public.delivery USING btree (campaign_id, id);
CREATE INDEX ix_delivery_deferred ON public.delivery USING btree (campaign_id, due_at) WHERE ((state)::text = 'deferred'::text);
CREATE INDEX ix_event_subscriber_id ON public.event USING btree (subscriber_id);
CREATE INDEX ix_proof_content ON public.proof USING btree (content);
CREATE INDEX ix_subscriber_tag_tag ON public.subscriber_tag USING btree (tag);
ALTER TABLE ONLY public.bounce
    ADD CONSTRAINT fk_bounce_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaign(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.bounce
    ADD CONSTRAINT fk_bounce_subscriber_id FOREIGN KEY (subscriber_id) REFERENCES public.subscriber(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT fk_delivery_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaign(id);
ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT fk_delivery_subscriber_id FOREIGN KEY (subscriber_id) REFERENCES public.subscriber(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.event
    ADD CONSTRAINT fk_event_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaign(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.event
    ADD CONSTRAINT fk_event_subscriber_id FOREIGN KEY (subscriber_id) REFERENCES public.subscriber(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.subscriber_tag
    ADD CONSTRAINT fk_subscriber_tag_subscriber_id FOREIGN KEY (subscriber_id) REFERENCES public.subscriber(id) ON DELETE CASCADE;
